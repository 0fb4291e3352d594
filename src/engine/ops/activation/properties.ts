import * as fc from 'fast-check';
import { lengths, noiseTensor, property, rates, scales, seeds } from '../../tfjs/testing/property';
import { dropout } from '../dropout/stock';
import * as stock from './stock';
import { feedForwardActivation } from './tfjs';

export const activationProperty = property({
  name: 'feedForwardActivation',
  cases: fc.record({
    rows: lengths,
    dim: lengths,
    gated: fc.boolean(),
    rate: rates,
    seed: seeds,
    scale: scales,
  }),
  edges: [
    { rows: 3, dim: 33, gated: true, rate: 0.1, seed: 1, scale: 60 },
    { rows: 1, dim: 1, gated: false, rate: 0, seed: 2, scale: 60 },
  ],
  operands: ({ rows, dim, gated, seed, scale }) => [noiseTensor([rows, gated ? 2 * dim : dim], seed, scale)],
  ours: ([h], { gated, rate, seed }) => feedForwardActivation(h!, gated, { rate, seed }),
  stock: ([h], { gated, rate, seed }) => dropout(stock.feedForwardActivation(h!, gated), rate, seed),
});
