import type { Tensor } from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, property, rates, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { matmul } from './tfjs';

const one = {
  transposeA: false,
  transposeB: false,
  batch: 0,
  alpha: 1,
  residual: false,
  rate: 0,
  seed: 1,
};

export const matmulProperty = property({
  name: 'matmul',
  cases: fc.record({
    M: lengths,
    N: lengths,
    K: lengths,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    batch: fc.constantFrom(0, 2),
    alpha: fc.constantFrom(1, 0.3),
    residual: fc.boolean(),
    rate: rates,
    seed: seeds,
  }),
  edges: [
    { ...one, M: 33, N: 7, K: 20, transposeB: true, batch: 2, residual: true, rate: 0.1 },
    { ...one, M: 7, N: 33, K: 3, transposeA: true, alpha: 0.3 },
    { ...one, M: 1, N: 33, K: 33, transposeB: true },
    { ...one, M: 3, N: 1, K: 1 },
  ],
  operands({ M, N, K, transposeA, transposeB, batch, residual, seed }) {
    const rows = batch === 0 || transposeA ? [M] : [batch, M];
    const a = noiseTensor(transposeA ? [K, M] : [...rows, K], seed);
    const b = noiseTensor(transposeB ? [N, K] : [K, N], seed + 1);
    return [a, b, ...(residual ? [noiseTensor([...rows, N], seed + 2)] : [])];
  },
  ours: ([a, b, residual], c) => matmul(a!, b!, optionsOf(c, residual)),
  stock: ([a, b, residual], c) => stock.matmul(a!, b!, optionsOf(c, residual)),
});

interface Options {
  transposeA: boolean;
  transposeB: boolean;
  alpha: number;
  rate: number;
  seed: number;
}

function optionsOf({ transposeA, transposeB, alpha, rate, seed }: Options, residual?: Tensor) {
  return { transposeA, transposeB, alpha, ...(residual && { residual, dropout: { rate, seed } }) };
}
