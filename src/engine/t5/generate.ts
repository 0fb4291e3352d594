import { argMax, logSumExp, tidy, topk, type Tensor2D } from '../tf';
import { collate } from '../text/batches';
import type { GenerationSettings } from '../types';
import { BeamSearch } from './beams';
import { DecoderCache } from './cache';
import { decoderBlocks, head } from './decoder';
import { encode } from './encoder';
import { paddingMask } from './forward';
import { stackBias } from './layers';
import type { T5Model } from './model';
import { FrozenPass, type Pass } from './pass';

/**
 * Answers of a model, as Hugging Face `generate` gives them: greedy, or beam search.
 * @param sources token ids of each prompt, `</s>` included; all of them are computed as one batch
 * @returns token ids of each answer, without start, end and padding
 * @throws RangeError when maxNewTokens or beams is not a whole number above 0
 */
export async function generate(
  model: T5Model,
  sources: number[][],
  settings: GenerationSettings,
): Promise<number[][]> {
  for (const field of ['maxNewTokens', 'beams'] as const)
    if (!Number.isInteger(settings[field]) || settings[field] < 1)
      throw new RangeError(`${field} is ${settings[field]}; expected a whole number above 0`);
  if (sources.length === 0) return [];
  const pass = new FrozenPass(model.config, model.parameters);
  const cache = encodeSources(pass, sources);
  try {
    const answers =
      settings.beams === 1
        ? await greedy(pass, cache, sources.length, settings.maxNewTokens)
        : await beamSearch(pass, cache, sources.length, settings);
    // A model may choose padding itself, in the middle of an answer.
    return answers.map((answer) => answer.filter((id) => id !== model.config.padTokenId));
  } finally {
    cache.dispose();
    pass.dispose();
  }
}

function encodeSources(pass: Pass, sources: number[][]): DecoderCache {
  const batch = collate(sources.map((source) => ({ source, target: [] })));
  let cache!: DecoderCache;
  tidy(() => {
    const mask = paddingMask(batch.sourceMask, batch.rows);
    const hidden = encode(pass, batch.source, batch.rows, mask);
    cache = new DecoderCache(pass, { hidden, length: batch.sourceLength, mask }, batch.rows);
  });
  return cache;
}

/** Logits behind one more token of each row, [rows, vocabSize]; the cache moves on by that token. */
function step(pass: Pass, cache: DecoderCache, tokens: Int32Array): Tensor2D {
  const logits = tidy(() => {
    const position = cache.tokens;
    const hidden = decoderBlocks(pass, tokens, tokens.length, {
      bias: stackBias(pass, 'decoder', 1, position + 1, position),
      crossMask: cache.mask,
      selfKeyValues: (block, normed) => cache.extend(pass, block, normed),
      crossKeyValues: (block) => cache.cross(block),
    });
    return head(pass, hidden);
  });
  cache.keepStep();
  return logits;
}

async function greedy(
  pass: Pass,
  cache: DecoderCache,
  rows: number,
  maxNewTokens: number,
): Promise<number[][]> {
  const { decoderStartTokenId, eosTokenId } = pass.config;
  const answers: number[][] = Array.from({ length: rows }, () => []);
  /** The answer that each row of the batch belongs to; rows leave the batch some time after they finish. */
  let answerOf = Int32Array.from({ length: rows }, (_, row) => row);
  let tokens = new Int32Array(rows).fill(decoderStartTokenId);
  const finished = new Uint8Array(rows);

  for (let length = 1; length <= maxNewTokens; length++) {
    const logits = step(pass, cache, tokens);
    const best = tidy(() => argMax(logits, 1));
    logits.dispose();
    const chosen = await best.data<'int32'>();
    best.dispose();
    answerOf.forEach((answer, row) => {
      if (finished[answer] === 1) return;
      if (chosen[row] === eosTokenId) finished[answer] = 1;
      else answers[answer]!.push(chosen[row]!);
    });
    const open = Int32Array.from(answerOf.keys()).filter((row) => finished[answerOf[row]!] === 0);
    if (open.length === 0) break;
    tokens = Int32Array.from(chosen);
    // Leaving costs a copy of the cache, so it waits until it halves the work.
    if (open.length <= answerOf.length / 2) {
      cache.select(open);
      answerOf = open.map((row) => answerOf[row]!);
      tokens = open.map((row) => chosen[row]!);
    }
  }
  return answers;
}

async function beamSearch(
  pass: Pass,
  cache: DecoderCache,
  rows: number,
  settings: GenerationSettings,
): Promise<number[][]> {
  const { beams } = settings;
  const searches = Array.from({ length: rows }, () => new BeamSearch(settings, pass.config));
  // Each source is searched by `beams` rows of the batch.
  cache.select(Int32Array.from({ length: rows * beams }, (_, i) => Math.floor(i / beams)));
  let open = searches;

  for (;;) {
    const tokens = Int32Array.from(open.flatMap((search) => search.lastTokens));
    const { values, ids, totals, candidates } = await bestTokens(step(pass, cache, tokens), 2 * beams);
    open.forEach((search, place) => {
      const from = place * beams;
      search.advance(
        values.subarray(from * candidates, (from + beams) * candidates),
        ids.subarray(from * candidates, (from + beams) * candidates),
        totals.subarray(from, from + beams),
      );
    });
    const stillOpen = open.filter((search) => !search.done);
    if (stillOpen.length === 0) break;
    // The row that each beam of the next step goes on from.
    const parents = Int32Array.from(
      open.flatMap((search, place) =>
        search.done ? [] : search.parents.map((beam) => place * beams + beam),
      ),
    );
    if (stillOpen.length < open.length) cache.select(parents);
    else cache.selectTokens(parents);
    open = stillOpen;
  }
  return searches.map((search) => search.best());
}

/**
 * The most likely next tokens of each row; disposes of the logits.
 * @returns row-major [rows, candidates]: logits (`values`) and token ids, best first; [rows]: the logarithm of
 *   the row's summed exponentials (`totals`)
 */
async function bestTokens(logits: Tensor2D, count: number) {
  const candidates = Math.min(count, logits.shape[1]);
  const device = tidy(() => {
    const { values, indices } = topk(logits, candidates);
    return { values, indices, totals: logSumExp(logits, 1) };
  });
  logits.dispose();
  const [values, ids, totals] = await Promise.all([
    device.values.data<'float32'>(),
    device.indices.data<'int32'>(),
    device.totals.data<'float32'>(),
  ]);
  device.values.dispose();
  device.indices.dispose();
  device.totals.dispose();
  return { values, ids, totals, candidates };
}
