import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, property, scales, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { rmsNorm } from './tfjs';

/** The last row is zeros, as padding may be. */
export const rmsNormProperty = property({
  name: 'rmsNorm',
  cases: fc.record({ batch: fc.nat({ max: 3 }), rows: lengths, dim: lengths, seed: seeds, scale: scales }),
  // Nothing but a row of zeros; large numbers.
  edges: [
    { batch: 0, rows: 1, dim: 7, seed: 1, scale: 1 },
    { batch: 2, rows: 3, dim: 33, seed: 2, scale: 60 },
  ],
  operands: ({ batch, rows, dim, seed, scale }) => {
    const shape = batch === 0 ? [rows, dim] : [batch, rows, dim];
    const x = noiseTensor(shape, seed, scale);
    const kept = tf
      .range(0, rows)
      .less(rows - 1)
      .toFloat()
      .reshape([rows, 1]);
    return [x.mul(kept), noiseTensor([dim], seed + 1)];
  },
  // With an epsilon of its usual size the gradient of a row of zeros would outweigh all others.
  ours: ([x, weight]) => rmsNorm(x!, weight!, 0.1),
  stock: ([x, weight]) => stock.rmsNorm(x!, weight!, 0.1),
});
