/** Embedding, and its gradient that adds in one order every time, as kernels of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Indices } from '../../tfjs/indices';
import { call, type Kernel } from '../../tfjs/kernel';
import { checkDropout, type DropoutOptions } from '../dropout/tfjs';
import { embedding as emitEmbedding, embeddingGrad } from './embedding';

type Settings = { rate: number; rows: number };

const grad: Kernel<Settings> = {
  name: 'LetheEmbeddingGrad',
  build(k, { rate, rows: vocab }) {
    const [rows, dim] = k.matrix('dy');
    const views = {
      dOut: k.input('dy'),
      ids: k.input('ids', 'u32'),
      order: k.input('order', 'u32'),
      scalars: k.numbers,
      dTable: k.sum('dTable', [vocab, dim]),
    };
    embeddingGrad(k.p, views, { rows, dim, dropout: rate, site: 0 });
  },
};

const lookUp: Kernel<Settings> = {
  name: 'LetheEmbedding',
  build(k, { rate }) {
    const ids = k.input('ids', 'u32');
    const [, dim] = k.matrix('table');
    const out = k.result('out', [...k.shape('ids'), dim]);
    const shape = { rows: ids.length, dim, dropout: rate, site: 0 };
    emitEmbedding(k.p, { table: k.input('table'), ids, scalars: k.numbers, out }, shape);
  },
  gradient: {
    inputs: ['ids', 'order'],
    of: ([dy], [ids, order], attributes, numbers) => ({
      table: () => call(grad, { dy: dy!, ids: ids!, order: order! }, attributes, numbers)[0]!,
    }),
  },
};

export const embeddingKernels = [lookUp, grad];

/**
 * Rows of a table. The gradient adds equal ids up in their order, so that it is the same every time.
 * @param table [vocab, dModel]
 * @param ids of any shape
 * @returns [...ids.shape, dModel]
 * @throws RangeError when an id is no row of the table, or for a rate outside of [0, 1)
 */
export function embedding(table: Tensor, ids: Indices, options: DropoutOptions = {}): Tensor {
  const { rate, seed } = checkDropout(options);
  const rows = table.shape[0];
  if (table.rank !== 2) throw new RangeError(`embedding: the table is [${table.shape.join(', ')}]`);
  if (ids.largest >= rows) throw new RangeError(`embedding: id ${ids.largest} of a table of ${rows} rows`);
  const inputs = { table, ids: ids.ids, order: ids.order };
  return call(lookUp, inputs, { rate, rows }, { dropoutSeed: seed })[0]!;
}
