import type { GenerationSettings, T5Config } from '../types';

/** Stands for "impossible": far below any score, and added to scores that must not be chosen. */
const NEVER = -1e9;

interface Candidate {
  /** Summed log-probability. */
  score: number;
  beam: number;
  token: number;
  ends: boolean;
}

interface Finished {
  /** Summed log-probability divided by length^lengthPenalty; NEVER for an empty place. */
  score: number;
  tokens: number[];
  ended: boolean;
}

/**
 * Beam search for one prompt, with the rules of transformers 4.57 (`_beam_search`): from all beams the best
 * 2 · beams continuations are taken; those among the first `beams` that end are finished answers; the best that
 * do not end go on. Scores are rounded to float32 where PyTorch rounds them.
 * @see Hugging Face transformers, generation/utils.py
 */
export class BeamSearch {
  readonly #beams: number;
  readonly #maxNewTokens: number;
  readonly #lengthPenalty: number;
  readonly #earlyStopping: boolean;
  readonly #eos: number;
  #running: { score: number; tokens: number[] }[];
  #finished: Finished[];
  readonly #start: number;
  #parents: number[] = [];
  /** Once the open beams cannot beat the finished ones it stays so. */
  #improvable = true;
  #done = false;

  constructor(
    { beams, maxNewTokens, lengthPenalty = 1, earlyStopping = false }: GenerationSettings,
    { decoderStartTokenId, eosTokenId }: Pick<T5Config, 'decoderStartTokenId' | 'eosTokenId'>,
  ) {
    this.#beams = beams;
    this.#maxNewTokens = maxNewTokens;
    this.#lengthPenalty = lengthPenalty;
    this.#earlyStopping = earlyStopping;
    this.#eos = eosTokenId;
    this.#start = decoderStartTokenId;
    // All beams start alike, so that only the first may bring continuations in the first step.
    this.#running = Array.from({ length: beams }, (_, i) => ({ score: i === 0 ? 0 : NEVER, tokens: [] }));
    this.#finished = Array.from({ length: beams }, () => ({ score: NEVER, tokens: [], ended: false }));
  }

  get done(): boolean {
    return this.#done;
  }

  /** The token that each beam ends with. */
  get lastTokens(): number[] {
    return this.#running.map(({ tokens }) => tokens[tokens.length - 1] ?? this.#start);
  }

  /** The beam of the step before that each beam goes on from. */
  get parents(): number[] {
    return this.#parents;
  }

  /**
   * One more token.
   * @param logits the best of each beam, best first, row-major [beams, candidates]
   * @param ids their tokens
   * @param totals [beams] log Σ exp of all the beam's logits
   */
  advance(logits: Float32Array, ids: Int32Array, totals: Float32Array): void {
    const best = this.#bestContinuations(logits, ids, totals);
    const length = this.#running[0]!.tokens.length + 1;
    const last = length === this.#maxNewTokens;
    const tokensOf = ({ beam, token }: Candidate) => [...this.#running[beam]!.tokens, token];

    this.#finish(best, last, length, tokensOf);

    const goOn = best
      .map((candidate) => ({
        candidate,
        score: candidate.ends || last ? Math.fround(candidate.score + NEVER) : candidate.score,
      }))
      .sort((a, b) => b.score - a.score)
      .slice(0, this.#beams);
    this.#parents = goOn.map(({ candidate }) => candidate.beam);
    this.#running = goOn.map(({ candidate, score }) => ({ score, tokens: tokensOf(candidate) }));

    this.#checkDone(length, last);
  }

  /** The best finished answer, without the end token. */
  best(): number[] {
    const { tokens } = this.#finished[0]!;
    return tokens[tokens.length - 1] === this.#eos ? tokens.slice(0, -1) : tokens;
  }

  /** The best 2 · beams continuations of all beams together, best first. */
  #bestContinuations(logits: Float32Array, ids: Int32Array, totals: Float32Array): Candidate[] {
    const each = ids.length / this.#beams;
    const all = Array.from(ids, (token, i): Candidate => {
      const beam = Math.floor(i / each);
      const logProbability = Math.fround(logits[i]! - totals[beam]!);
      const score = Math.fround(logProbability + this.#running[beam]!.score);
      return { score, beam, token, ends: token === this.#eos };
    });
    return all.sort((a, b) => b.score - a.score).slice(0, 2 * this.#beams);
  }

  /** Keeps the best of the finished answers and of those that finish now. */
  #finish(best: Candidate[], last: boolean, length: number, tokensOf: (c: Candidate) => number[]): void {
    const full = this.#earlyStopping && this.#finished.every(({ ended }) => ended);
    if (full || !this.#improvable) return;
    const divisor = Math.fround(length ** this.#lengthPenalty);
    const fresh = best
      .slice(0, this.#beams)
      .filter(({ ends }) => ends || last)
      .map((candidate) => ({
        score: Math.fround(candidate.score / divisor),
        tokens: tokensOf(candidate),
        ended: true,
      }));
    this.#finished = [...this.#finished, ...fresh].sort((a, b) => b.score - a.score).slice(0, this.#beams);
  }

  #checkDone(length: number, last: boolean): void {
    const allEnded = this.#finished.every(({ ended }) => ended);
    const divisor = Math.fround(length ** this.#lengthPenalty);
    const possible = Math.fround(this.#running[0]!.score / divisor);
    // A place that no answer has taken yet can always be improved on.
    const worst = allEnded ? this.#finished[this.#beams - 1]!.score : NEVER;
    this.#improvable &&= possible > worst;
    this.#done = !this.#improvable || (this.#earlyStopping && allEnded) || last;
  }
}
