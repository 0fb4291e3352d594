import { describe, it } from 'vitest';
import { matmul, rowMajor, transposed, type Matrix } from '../ops/matmul/matmul';
import { againstReference, type Bench } from './testing/compare';

type Mode = 'NN' | 'NT' | 'TN';
const modes: Mode[] = ['NN', 'NT', 'TN'];

/** Operands whose rows are `pad` elements longer than they need be and start `offset` elements into the view. */
function operands(bench: Bench, mode: Mode, [M, N, K]: Shape, pad = 0, offset = 0): { a: Matrix; b: Matrix } {
  const stored = (name: string, rows: number, columns: number): Matrix =>
    rowMajor(bench.random(name, offset + rows * (columns + pad)), columns + pad, offset);
  return {
    a: mode === 'TN' ? transposed(stored('a', K, M)) : stored('a', M, K),
    b: mode === 'NT' ? transposed(stored('b', N, K)) : stored('b', K, N),
  };
}

type Shape = [M: number, N: number, K: number];
const odd: Shape[] = [
  [1, 1, 1], [1, 8, 3], [2, 7, 5], [3, 16, 8], [4, 4, 4], [5, 9, 31], [6, 8, 12], [7, 17, 20], [8, 33, 64],
  [13, 52, 60], [25, 23, 30], [26, 260, 13], [31, 20, 400], [50, 600, 3], [97, 60, 52], [130, 40, 801],
]; // prettier-ignore

describe('matmul', () => {
  const check = againstReference();

  it.each(modes)('multiplies odd shapes (%s)', async (mode) => {
    for (const shape of odd) {
      const [M, N, K] = shape;
      await check((bench) => {
        const { a, b } = operands(bench, mode, shape);
        matmul(bench.p, bench.scalars(), a, b, rowMajor(bench.output('c', M * N), N), { M, N, K });
      });
    }
  });

  it.each(modes)('keeps to its part of strided views, and accumulates (%s)', async (mode) => {
    for (const shape of [
      [1, 19, 21],
      [3, 70, 9],
      [11, 21, 70],
      [65, 130, 40],
    ] satisfies Shape[]) {
      const [M, N, K] = shape;
      await check((bench) => {
        const { a, b } = operands(bench, mode, shape, 5, 3);
        const c = rowMajor(bench.random('c', 7 + M * (N + 9)), N + 9, 7);
        matmul(bench.p, bench.scalars(), a, b, c, { M, N, K, alpha: 0.37, accumulate: true });
      });
    }
  });

  it.each(modes)('adds a residual after dropout (%s)', async (mode) => {
    for (const shape of [
      [1, 12, 9],
      [2, 37, 16],
      [7, 9, 5],
      [50, 21, 900],
      [64, 128, 40],
    ] satisfies Shape[]) {
      const [M, N, K] = shape;
      for (const rate of [0, 0.1, 0.75]) {
        await check((bench) => {
          const { a, b } = operands(bench, mode, shape);
          const residual = bench.random('r', 4 + M * (N + 3));
          const c = rowMajor(bench.random('c', 4 + M * (N + 3)), N + 3, 4);
          const dropout = { rate, site: 17 };
          matmul(bench.p, bench.scalars({ seed: 99 }), a, b, c, { M, N, K, alpha: 1.5, residual, dropout });
        });
      }
    }
  });

  it('multiplies by alpha after the whole sum when K is cut', async () => {
    await check((bench) => {
      const { a, b } = operands(bench, 'NT', [33, 24, 2000]);
      const c = rowMajor(bench.random('c', 33 * 24), 24);
      matmul(bench.p, bench.scalars(), a, b, c, { M: 33, N: 24, K: 2000, alpha: -2, accumulate: true });
    });
  });
});
