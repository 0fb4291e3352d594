/** The cross-entropy of logits made from a table that may be tied to the embedding, as kernels of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Indices } from '../../tfjs/indices';
import { call, type Kernel, type KernelBuilder } from '../../tfjs/kernel';
import { matmul, rowMajor, transposed } from '../matmul/matmul';
import { crossEntropy } from './crossEntropy';

type Settings = { alpha: number };

/** Logits of `hidden` and `table`, and their cross-entropy; with `grad` the logits become its gradient. */
function loss(k: KernelBuilder, alpha: number, grad: boolean) {
  const [rows, dim] = k.matrix('hidden');
  const [vocab] = k.matrix('table');
  const hidden = rowMajor(k.input('hidden'), dim);
  const table = rowMajor(k.input('table'), dim);
  const logits = k.p.scratch('logits', rows * vocab);
  const product = rowMajor(logits, vocab);
  matmul(k.p, k.numbers, hidden, transposed(table), product, { M: rows, N: vocab, K: dim, alpha });
  const rowLoss = grad ? k.p.scratch('rowLoss', rows) : k.result('rowLoss', k.shape('labels'));
  const labels = k.input('labels', 'u32');
  crossEntropy(k.p, { logits, labels, scalars: k.numbers, rowLoss }, { rows, vocab, grad });
  return { rows, dim, vocab, table, logits: product };
}

/**
 * Gradients for rows of weight 1, from logits made again. What weighs a row's loss weighs its row of dHidden, and
 * in dTable its row of hidden: `weighted` is hidden so weighted.
 */
const grads: Kernel<Settings> = {
  name: 'LetheTiedCrossEntropyGrad',
  build(k, { alpha }) {
    const { rows, dim, vocab, table, logits } = loss(k, alpha, true);
    const dHidden = rowMajor(k.result('dHidden', k.shape('hidden')), dim);
    matmul(k.p, k.numbers, logits, table, dHidden, { M: rows, N: dim, K: vocab, alpha });
    const weighted = rowMajor(k.input('weighted'), dim);
    const dTable = rowMajor(k.result('dTable', k.shape('table')), dim);
    matmul(k.p, k.numbers, transposed(logits), weighted, dTable, { M: vocab, N: dim, K: rows, alpha });
  },
};

const forward: Kernel<Settings> = {
  name: 'LetheTiedCrossEntropy',
  build: (k, { alpha }) => void loss(k, alpha, false),
  gradient: {
    inputs: ['hidden', 'table', 'labels'],
    of([dy], [hidden, table, labels], attributes) {
      const weights = dy!.reshape([...dy!.shape, 1]);
      const inputs = { hidden: hidden!, table: table!, labels: labels!, weighted: hidden!.mul(weights) };
      const [dHidden, dTable] = call(grads, inputs, attributes, { lossScale: 1 });
      return { hidden: () => dHidden!.mul(weights), table: () => dTable!.clone() };
    },
  },
};

export const crossEntropyKernels = [forward, grads];

/**
 * Softmax cross-entropy of `alpha · hidden · tableᵀ`. Logits live while a kernel runs and no longer: neither they nor
 * a log-softmax wait for the backward pass, which makes them again.
 * @param hidden [..., dModel]
 * @param table [vocab, dModel], the embedding where it is tied
 * @param labels one for each row of hidden, `ignored` for a row that counts for nothing
 * @param alpha T5 v1.0 has dModel^−½ here; 1 by default
 * @returns of the labels' shape, in nats; 0 where the label is `ignored`
 * @throws RangeError when the shapes don't fit or a label is no row of the table
 */
export function tiedCrossEntropy(hidden: Tensor, table: Tensor, labels: Indices, alpha = 1): Tensor {
  const rows = hidden.shape.slice(0, -1);
  const [vocab = 0, dModel] = table.shape;
  if (table.rank !== 2 || hidden.shape.at(-1) !== dModel || rows.join() !== labels.shape.join())
    throw new RangeError(
      `tiedCrossEntropy: hidden is [${hidden.shape.join(', ')}], the table [${table.shape.join(', ')}], ` +
        `the labels [${labels.shape.join(', ')}]`,
    );
  if (labels.largest >= vocab)
    throw new RangeError(`tiedCrossEntropy: label ${labels.largest} of a table of ${vocab} rows`);
  return call(forward, { hidden, table, labels: labels.ids }, { alpha })[0]!;
}
