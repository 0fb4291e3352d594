/** From the decoder's output to logits and loss, and back. */
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import type { View } from '../program/program';
import { gradientOf, type Build } from './build';

const headKey = (b: Build): string => (b.config.tieWordEmbeddings ? 'shared' : 'head');
const headScale = (b: Build): number => (b.config.scaleDecoderOutputs ? b.config.dModel ** -0.5 : 1);

/** logits[rows, vocab] = scale·h·headᵀ. */
export function logitsOf(b: Build, h: View, logits: View, rows: number): void {
  const { dModel, vocabSize } = b.config;
  const head = transposed(rowMajor(b.weights.group(headKey(b)), dModel));
  const shape = { M: rows, N: vocabSize, K: dModel, alpha: headScale(b) };
  matmul(b.p, b.scalars, rowMajor(h, dModel), head, rowMajor(logits, vocabSize), shape);
}

/** Loss of each row; the head's gradient too where it is trained, and dh where it is asked for. */
export function lossAndGradient(
  b: Build,
  v: { h: View; labels: View; rowLoss: View; dh?: View | undefined },
  rows: number,
): void {
  const dHead = gradientOf(b, headKey(b));
  const { dModel, vocabSize } = b.config;
  const logits = b.p.scratch('logits', rows * vocabSize);
  logitsOf(b, v.h, logits, rows);
  crossEntropy(
    b.p,
    { logits, labels: v.labels, scalars: b.scalars, rowLoss: v.rowLoss },
    { rows, vocab: vocabSize, grad: v.dh !== undefined || dHead !== undefined },
  );
  // The logits have become their gradient.
  const alpha = headScale(b);
  const dLogits = rowMajor(logits, vocabSize);
  if (dHead)
    matmul(b.p, b.scalars, transposed(dLogits), rowMajor(v.h, dModel), rowMajor(dHead, dModel), {
      M: vocabSize,
      N: dModel,
      K: rows,
      alpha,
      accumulate: true,
    });
  if (!v.dh) return;
  const head = rowMajor(b.weights.group(headKey(b)), dModel);
  matmul(b.p, b.scalars, dLogits, head, rowMajor(v.dh, dModel), { M: rows, N: dModel, K: vocabSize, alpha });
}
