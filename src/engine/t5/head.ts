/** From the decoder's output to logits and loss, and back. */
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { distillation, logitError } from '../ops/logitMatch/logitMatch';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import { sampleLabels } from '../ops/sampleLabels/sampleLabels';
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

/** What the logits are trained to. */
export type Objective =
  | { kind: 'labels' }
  /** Labels drawn from the logits themselves. */
  | { kind: 'sampled' }
  /** The labels, and given logits [rows, vocab] beside them. */
  | { kind: 'distillation'; temperature: number; given: View }
  | { kind: 'logits'; given: View };

interface LossViews {
  h: View;
  labels: View;
  rowLoss: View;
  dh?: View | undefined;
}

function lossOfLogits(b: Build, logits: View, v: LossViews, rows: number, grad: boolean, o: Objective): void {
  const { p, scalars } = b;
  const vocab = b.config.vocabSize;
  let { labels } = v;
  if (o.kind === 'sampled') {
    labels = p.scratch('drawn labels', rows, 'u32');
    sampleLabels(p, { logits, labels: v.labels, scalars, drawn: labels }, { rows, vocab });
  }
  const views = { logits, labels, scalars, rowLoss: v.rowLoss };
  if (o.kind === 'distillation')
    distillation(p, { ...views, given: o.given }, { rows, vocab, temperature: o.temperature });
  else if (o.kind === 'logits') logitError(p, { ...views, given: o.given }, { rows, vocab });
  else crossEntropy(p, views, { rows, vocab, grad });
}

/** Loss of each row; the head's gradient too where it is trained, and dh where it is asked for. */
export function lossAndGradient(
  b: Build,
  v: LossViews,
  rows: number,
  objective: Objective = { kind: 'labels' },
): void {
  const dHead = gradientOf(b, headKey(b));
  const { dModel, vocabSize } = b.config;
  const logits = b.p.scratch('logits', rows * vocabSize);
  logitsOf(b, v.h, logits, rows);
  lossOfLogits(b, logits, v, rows, v.dh !== undefined || dHead !== undefined, objective);
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
