import * as fc from 'fast-check';
import { lengths, noiseTensor, property, rates, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { dropout, dropoutAdd } from './tfjs';

const cases = fc.record({
  shape: fc.array(lengths, { minLength: 1, maxLength: 3 }),
  rate: rates,
  seed: seeds,
});

const edges = [
  { shape: [1], rate: 0.5, seed: 1 },
  { shape: [3, 33, 7], rate: 0.1, seed: 2 },
];

export const dropoutProperty = property({
  name: 'dropout',
  cases,
  edges,
  operands: ({ shape, seed }) => [noiseTensor(shape, seed)],
  ours: ([x], { rate, seed }) => dropout(x!, { rate, seed }),
  stock: ([x], { rate, seed }) => stock.dropout(x!, rate, seed),
});

export const dropoutAddProperty = property({
  name: 'dropoutAdd',
  cases,
  edges,
  operands: ({ shape, seed }) => [noiseTensor(shape, seed), noiseTensor(shape, seed + 1)],
  ours: ([x, residual], { rate, seed }) => dropoutAdd(x!, residual!, { rate, seed }),
  stock: ([x, residual], { rate, seed }) => residual!.add(stock.dropout(x!, rate, seed)),
});
