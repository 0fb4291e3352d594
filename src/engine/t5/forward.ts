/** From a batch to logits, as training and scoring see it. */
import { MASKED } from '../ops/attention/attention';
import { IGNORED } from '../ops/crossEntropy/crossEntropy';
import { tensor4d, type Tensor2D, type Tensor4D } from '../tf';
import type { Batch, T5Config } from '../types';
import { decode, head } from './decoder';
import { encode } from './encoder';
import type { Pass } from './pass';

/**
 * Teacher-forced logits of a batch.
 * @returns `encoded` [rows · sourceLength, dModel], `logits` [rows · targetLength, vocabSize]
 */
export function forward(pass: Pass, batch: Batch): { encoded: Tensor2D; logits: Tensor2D } {
  checkBatch(batch);
  const mask = paddingMask(batch.sourceMask, batch.rows);
  const encoded = encode(pass, batch.source, batch.rows, mask);
  const ids = shiftRight(batch.labels, batch.rows, pass.config);
  const hidden = decode(pass, ids, batch.rows, { hidden: encoded, length: batch.sourceLength, mask });
  return { encoded, logits: head(pass, hidden) };
}

/** What hides padding from attention: [rows, 1, 1, length], 0 for a token, MASKED for padding. */
export function paddingMask(sourceMask: Float32Array, rows: number): Tensor4D {
  const values = sourceMask.map((token) => (token === 0 ? MASKED : 0));
  return tensor4d(values, [rows, 1, 1, sourceMask.length / rows]);
}

/** Decoder inputs of labels: moved right by one behind the start token, padding where there is no token. */
export function shiftRight(labels: Int32Array, rows: number, config: T5Config): Int32Array {
  const length = labels.length / rows;
  return labels.map((_, i) => {
    if (i % length === 0) return config.decoderStartTokenId;
    const before = labels[i - 1]!;
    return before === IGNORED ? config.padTokenId : before;
  });
}

function checkBatch({ rows, sourceLength, targetLength, source, sourceMask, labels }: Batch): void {
  if (rows < 1 || sourceLength < 1 || targetLength < 1)
    throw new RangeError(`an empty batch: ${rows} rows, source ${sourceLength}, target ${targetLength}`);
  if (source.length !== rows * sourceLength || sourceMask.length !== source.length)
    throw new RangeError(`the batch's source is not [${rows}, ${sourceLength}]`);
  if (labels.length !== rows * targetLength)
    throw new RangeError(`the batch's labels are not [${rows}, ${targetLength}]`);
}
