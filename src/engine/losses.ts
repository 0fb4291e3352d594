/** Teacher-forced losses, dropout off. */
import type { T5Model } from './t5/model';
import type { Batch, RowLosses } from './types';

/** Summed loss (nats) and target tokens of each row of a batch. */
export async function rowLosses(model: T5Model, batch: Batch): Promise<RowLosses> {
  const { rows, sourceLength, targetLength } = batch;
  const { reading } = await model.enqueue(async () => {
    const step = await model.step({ B: rows, S: sourceLength, T: targetLength });
    model.runStep(step, batch);
    return { reading: model.executor.read(step.inputs.rowLoss, step.loaded) };
  });
  return sumRows(batch, await reading);
}

/** @param tokenLosses [rows or more, targetLength] nats */
export function sumRows({ rows, targetLength, labels }: Batch, tokenLosses: Float32Array): RowLosses {
  const nats = new Float32Array(rows);
  const tokens = new Int32Array(rows);
  for (let r = 0; r < rows; r++)
    for (let t = r * targetLength; t < (r + 1) * targetLength; t++) {
      if ((labels[t] ?? -1) < 0) continue;
      nats[r] = (nats[r] ?? 0) + (tokenLosses[t] ?? 0);
      tokens[r] = (tokens[r] ?? 0) + 1;
    }
  return { nats, tokens };
}
