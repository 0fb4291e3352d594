import { countTokens, tokenNats } from './ops/crossEntropy/crossEntropy';
import { forward } from './t5/forward';
import type { T5Model } from './t5/model';
import { FrozenPass } from './t5/pass';
import { tidy } from './tf';
import type { Batch, RowLosses } from './types';

/** Teacher-forced loss of a batch, row by row, without dropout: summed nats and target tokens. */
export async function rowLosses(model: T5Model, batch: Batch): Promise<RowLosses> {
  const { rows, targetLength, labels } = batch;
  const pass = new FrozenPass(model.config, model.parameters);
  const perToken = tidy(() => tokenNats(forward(pass, batch).logits, labels));
  pass.dispose();
  const values = await perToken.data<'float32'>();
  perToken.dispose();
  const nats = new Float32Array(rows);
  const tokens = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const from = row * targetLength;
    for (let i = 0; i < targetLength; i++) nats[row]! += values[from + i]!;
    tokens[row] = countTokens(labels.subarray(from, from + targetLength));
  }
  return { nats, tokens };
}
