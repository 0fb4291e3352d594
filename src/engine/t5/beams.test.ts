import { describe, expect, it } from 'vitest';
import type { GenerationSettings } from '../types';
import { BeamSearch } from './beams';

const START = 0;
const EOS = 1;
const VOCABULARY = 5;

/** A language with memory of one token: unnormalised log-probabilities of the next, from the last. */
const next = (last: number, seed: number): number[] =>
  Array.from(
    { length: VOCABULARY },
    (_, token) => 2 * Math.sin(1 + 3 * last + 7 * token * token + 11 * seed),
  );

const logTotal = (logits: number[]): number => Math.log(logits.reduce((sum, x) => sum + Math.exp(x), 0));

function search(settings: GenerationSettings, seed: number): number[] {
  const beams = new BeamSearch(settings, { decoderStartTokenId: START, eosTokenId: EOS });
  while (!beams.done) {
    const rows = beams.lastTokens.map((last) => next(last, seed));
    const best = rows.map((row) =>
      row.map((logit, token) => ({ logit, token })).sort((a, b) => b.logit - a.logit),
    );
    beams.advance(
      Float32Array.from(best.flat(), ({ logit }) => logit),
      Int32Array.from(best.flat(), ({ token }) => token),
      Float32Array.from(rows, logTotal),
    );
  }
  return beams.best();
}

/** The best of all answers of at most so many tokens, by summed log-probability over length^penalty. */
function exhaustive(maxNewTokens: number, penalty: number, seed: number): number[] {
  let best: { score: number; tokens: number[] } = { score: -Infinity, tokens: [] };
  const extend = (tokens: number[], score: number): void => {
    const last = tokens[tokens.length - 1] ?? START;
    if (tokens.length === maxNewTokens || (tokens.length > 0 && last === EOS)) {
      const value = score / tokens.length ** penalty;
      if (value > best.score) best = { score: value, tokens };
      return;
    }
    const logits = next(last, seed);
    logits.forEach((logit, token) => extend([...tokens, token], score + logit - logTotal(logits)));
  };
  extend([], 0);
  return best.tokens.filter((token) => token !== EOS);
}

const seeds = [0, 1, 2, 3, 4, 5];

describe('BeamSearch', () => {
  it.each([0, 0.6, 1, 2])('finds the best answer with beams enough, length penalty %f', (lengthPenalty) => {
    for (const seed of seeds) {
      const settings = { beams: 200, maxNewTokens: 4, lengthPenalty };
      expect(search(settings, seed)).toEqual(exhaustive(4, lengthPenalty, seed));
    }
  });

  it('with one beam takes the likeliest token each time', () => {
    for (const seed of seeds) {
      const greedy: number[] = [];
      for (let last = START; greedy.length < 6;) {
        const logits = next(last, seed);
        last = logits.indexOf(Math.max(...logits));
        if (last === EOS) break;
        greedy.push(last);
      }
      expect(search({ beams: 1, maxNewTokens: 6, earlyStopping: true }, seed)).toEqual(greedy);
    }
  });

  it('stops early once it has as many answers as beams', () => {
    const steps = (earlyStopping: boolean): number => {
      const beams = new BeamSearch(
        { beams: 2, maxNewTokens: 50, lengthPenalty: 5, earlyStopping },
        { decoderStartTokenId: START, eosTokenId: EOS },
      );
      let count = 0;
      for (; !beams.done; count++)
        beams.advance(
          Float32Array.of(1, 0.9, 0.5, 0.4, 1, 0.9, 0.5, 0.4),
          Int32Array.of(2, EOS, 3, 4, 2, EOS, 3, 4),
          Float32Array.of(2, 2),
        );
      return count;
    };
    expect(steps(true)).toBeLessThan(5);
    // With such a penalty a longer answer may always be better.
    expect(steps(false)).toBeGreaterThan(20);
  });
});
