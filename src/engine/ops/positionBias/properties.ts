import * as fc from 'fast-check';
import { indices } from '../../tfjs/indices';
import { lengths, noiseTensor, property, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { positionBias } from './tfjs';

const bucketsOf = ({ T, S, numBuckets }: { T: number; S: number; numBuckets: number }) =>
  indices(
    Array.from({ length: T * S }, (_, i) => (i * i) % numBuckets),
    [T, S],
  );

export const positionBiasProperty = property({
  name: 'positionBias',
  cases: fc.record({ T: lengths, S: lengths, heads: lengths, numBuckets: lengths, seed: seeds }),
  edges: [
    { T: 33, S: 7, heads: 3, numBuckets: 1, seed: 1 },
    { T: 1, S: 33, heads: 1, numBuckets: 33, seed: 2 },
  ],
  operands: ({ numBuckets, heads, seed }) => [noiseTensor([numBuckets, heads], seed)],
  ours: ([table], c) => positionBias(table!, bucketsOf(c)),
  stock: ([table], c) => stock.positionBias(table!, bucketsOf(c).ids),
});
