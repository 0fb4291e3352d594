/** How sure a model is of each token of an answer. */
import { bestTokens } from './t5/beamSearch';
import type { T5Model } from './t5/model';
import type { Batch } from './types';

export interface TokenProbability {
  id: number;
  /** Of this token at its place, given the prompt and the tokens before it; 0 to 1. */
  probability: number;
  /** The likeliest tokens at the place, this one among them if it is; likeliest first. */
  best: { id: number; probability: number }[];
}

/**
 * Probabilities of the target tokens of a batch, softmax over the whole vocabulary, dropout off: one teacher-forced
 * pass over answers that are written already, so that writing them costs nothing more.
 * @param best how many of the likeliest tokens of each place are told
 * @returns a list a row, in the order of its target tokens
 * @throws RangeError where a logit is no number: the model has diverged
 */
export async function tokenProbabilities(
  model: T5Model,
  batch: Batch,
  best: number,
): Promise<TokenProbability[][]> {
  const { rows, sourceLength, targetLength } = batch;
  const { reading } = await model.enqueue(async () => {
    const step = await model.logitsStep({ B: rows, S: sourceLength, T: targetLength });
    model.runStep(step, batch);
    return { reading: model.executor.read(step.logits, step.loaded) };
  });
  const logits = await reading;
  const { vocabSize } = model.config;
  const found = bestTokens(logits, rows * targetLength, vocabSize, best);
  const each = Math.min(best, vocabSize);
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: targetLength }, (_, t) => row * targetLength + t).flatMap((place) => {
      const id = batch.labels[place] ?? -1;
      if (id < 0) return [];
      const total = found.totals[place] ?? NaN;
      const of = (logit = NaN): number => Math.exp(logit - total);
      const probability = of(logits[place * vocabSize + id]);
      if (!Number.isFinite(probability)) throw new RangeError('the model gives no probabilities any more');
      const likeliest = Array.from({ length: each }, (_, i) => ({
        id: found.ids[place * each + i] ?? 0,
        probability: of(found.logits[place * each + i]),
      }));
      return [{ id, probability, best: likeliest }];
    }),
  );
}
