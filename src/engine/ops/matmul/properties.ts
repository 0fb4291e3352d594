import type { Tensor } from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, property, rates, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { matmul } from './tfjs';

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
