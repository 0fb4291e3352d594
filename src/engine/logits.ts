/** What the model says at the target positions of a batch, kept on the host. */
import { toHalves } from './halves';
import type { T5Model } from './t5/model';
import type { Batch } from './types';

/**
 * Teacher-forced logits at the target positions, dropout off, after the work that has been asked for.
 * @returns an entry a row, half-precision, row-major [target tokens of the row, vocabulary]
 * @throws RangeError where a logit is beyond half precision, or none at all: the model has diverged
 */
export async function targetLogits(model: T5Model, batch: Batch): Promise<Uint16Array<ArrayBuffer>[]> {
  const { rows, sourceLength, targetLength } = batch;
  const { reading } = await model.enqueue(async () => {
    const step = await model.logitsStep({ B: rows, S: sourceLength, T: targetLength });
    model.runStep(step, batch);
    return { reading: model.executor.read(step.logits, step.loaded) };
  });
  const logits = await reading;
  const { vocabSize } = model.config;
  return Array.from({ length: rows }, (_, row) => {
    const places = Array.from({ length: targetLength }, (_, t) => row * targetLength + t);
    const kept = places.filter((place) => (batch.labels[place] ?? -1) >= 0);
    const out = new Float32Array(kept.length * vocabSize);
    kept.forEach((place, i) => {
      out.set(logits.subarray(place * vocabSize, (place + 1) * vocabSize), i * vocabSize);
    });
    return toHalves(out);
  });
}
