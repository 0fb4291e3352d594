/** The bias of relative positions as a kernel of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import type { Indices } from '../../tfjs/indices';
import { call, type Kernel } from '../../tfjs/kernel';
import { positionBias as emitBias, positionBiasGrad } from './positionBias';

type Settings = { numBuckets: number };

const grad: Kernel<Settings> = {
  name: 'LethePositionBiasGrad',
  build(k, { numBuckets }) {
    const [H = 1, T = 1, S = 1] = k.shape('dy');
    const views = {
      dBias: k.input('dy'),
      buckets: k.input('buckets', 'u32'),
      dTable: k.sum('dTable', [numBuckets, H]),
    };
    positionBiasGrad(k.p, views, { H, TS: T * S, numBuckets });
  },
};

const bias: Kernel<Settings> = {
  name: 'LethePositionBias',
  build(k) {
    const [, H] = k.matrix('table');
    const buckets = k.input('buckets', 'u32');
    const views = { table: k.input('table'), buckets, bias: k.result('bias', [H, ...k.shape('buckets')]) };
    emitBias(k.p, views, H, buckets.length);
  },
  gradient: {
    inputs: ['buckets'],
    of: ([dy], [buckets], attributes) => ({
      table: () => call(grad, { dy: dy!, buckets: buckets! }, attributes)[0]!,
    }),
  },
};

export const positionBiasKernels = [bias, grad];

/**
 * One number a head for each pair of places, by the bucket of their distance.
 * @param table [numBuckets, heads]
 * @param buckets [T, S]
 * @returns [heads, T, S]
 * @throws RangeError when a bucket is no row of the table, or buckets are no matrix
 * @see Raffel et al. 2020
 */
export function positionBias(table: Tensor, buckets: Indices): Tensor {
  const numBuckets = table.shape[0];
  if (table.rank !== 2 || buckets.shape.length !== 2)
    throw new RangeError(
      `positionBias: the table is [${table.shape.join(', ')}], the buckets [${buckets.shape.join(', ')}]`,
    );
  if (buckets.largest >= numBuckets)
    throw new RangeError(`positionBias: bucket ${buckets.largest} of a table of ${numBuckets}`);
  return call(bias, { table, buckets: buckets.ids }, { numBuckets })[0]!;
}
