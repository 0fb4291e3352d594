import { describe, it } from 'vitest';
import { matmul, rowMajor, transposed, type Matrix } from '../ops/matmul/matmul';
import { againstReference, type Bench } from './testing/compare';

type Mode = 'NN' | 'NT' | 'TN';
const modes: Mode[] = ['NN', 'NT', 'TN'];

/** Operands whose rows are `pad` elements longer than they need be and start `offset` elements into the view. */
function operands(
  bench: Bench,
  mode: Mode,
  [M, N, K]: Shape,
  { pad = 0, offset = 0, half = false } = {},
): { a: Matrix; b: Matrix } {
  const stored = (name: 'a' | 'b', rows: number, columns: number): Matrix => {
    const length = offset + rows * (columns + pad);
    const view = name === 'b' && half ? bench.halves(name, length) : bench.random(name, length);
    return rowMajor(view, columns + pad, offset);
  };
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
        const { a, b } = operands(bench, mode, shape, { pad: 5, offset: 3 });
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

  it.each(modes)('multiplies with a B of halves (%s)', async (mode) => {
    for (const shape of [...odd, [3, 70, 9], [2, 37, 16], [65, 130, 40]] satisfies Shape[]) {
      const [M, N, K] = shape;
      for (const gaps of [{}, { pad: 5, offset: 3 }])
        await check((bench) => {
          const { a, b } = operands(bench, mode, shape, { ...gaps, half: true });
          const c = rowMajor(bench.random('c', M * N), N);
          matmul(bench.p, bench.scalars(), a, b, c, { M, N, K, accumulate: true });
        });
    }
  });

  it('multiplies by a factor among the scalars', async () => {
    for (const factor of [0, 1, -0.3])
      for (const shape of [
        [2, 9, 5],
        [17, 20, 33],
      ] satisfies Shape[]) {
        const [M, N, K] = shape;
        await check((bench) => {
          const { a, b } = operands(bench, 'NT', shape);
          const scalars = bench.scalars({ floats: { 20: factor } });
          const c = rowMajor(bench.random('c', M * N), N);
          matmul(bench.p, scalars, a, b, c, { M, N, K, alpha: 0.5, factor: 20, accumulate: true });
          const residual = bench.random('r', M * N);
          const dropout = { rate: 0.3, site: 4 };
          const other = rowMajor(bench.output('d', M * N), N);
          matmul(bench.p, scalars, a, b, other, { M, N, K, factor: 20, residual, dropout });
        });
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
