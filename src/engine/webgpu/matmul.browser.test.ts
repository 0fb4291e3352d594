import { beforeAll, describe, expect, it } from 'vitest';
import type { View } from '../program/program';
import { openGpu, TestMemory, worstDifference } from './testSupport';
import { matmul, rowMajor, transposed, type Matrix } from '../ops/matmul/matmul';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

const layouts = ['NN', 'NT', 'TN', 'TT'] as const;

/** A [rows, cols] operand, stored as it is or transposed, with room between its rows and before the first. */
function operand(
  view: View,
  rows: number,
  cols: number,
  stored: string,
  gap: number,
  offset: number,
): Matrix {
  return stored === 'N' ? rowMajor(view, cols + gap, offset) : transposed(rowMajor(view, rows + gap, offset));
}

interface Case {
  M: number;
  N: number;
  K: number;
  gap?: number;
  offset?: number;
  ending?: 'write' | 'add' | 'residual' | 'drop' | 'inPlace';
  alpha?: number;
}

async function check(layout: (typeof layouts)[number], c: Case, software: boolean): Promise<number> {
  const { M, N, K, gap = 0, offset = 0, ending = 'write', alpha = 1 } = c;
  const memory = new TestMemory();
  const a = memory.noise('a', offset + (Math.max(M, K) + gap) * Math.max(M, K));
  const b = memory.noise('b', offset + (Math.max(N, K) + gap) * Math.max(N, K));
  const result = memory.noise('c', offset + (N + gap) * M + 3);
  const r = memory.noise('r', offset + (N + gap) * M + 3);
  matmul(
    memory.p,
    memory.scalars(),
    operand(a, M, K, layout[0]!, gap, offset),
    operand(b, K, N, layout[1]!, gap, offset),
    rowMajor(result, N + gap, offset),
    {
      M,
      N,
      K,
      alpha,
      accumulate: ending === 'add',
      ...(ending === 'residual' || ending === 'drop' ? { residual: r } : {}),
      ...(ending === 'inPlace' ? { residual: result } : {}),
      ...(ending === 'drop' || ending === 'inPlace' ? { dropout: { rate: 0.1, site: 7 } } : {}),
    },
  );
  return worstDifference(device, memory, software);
}

describe.each([true, false])('matmul with software=%s', (software) => {
  it.each(layouts)(
    '%s agrees with the reference on shapes that fit the tiles and that do not',
    async (layout) => {
      const shapes: [number, number, number][] = [
        [32, 32, 32],
        [1, 1, 1],
        [5, 7, 3],
        [17, 33, 12],
        [64, 20, 66],
        [3, 130, 37],
        [130, 3, 8],
        [8, 64, 128],
      ];
      for (const [M, N, K] of shapes)
        expect(await check(layout, { M, N, K }, software), `${M}x${N}x${K}`).toBeLessThan(2e-6);
    },
  );

  it.each(layouts)('%s keeps to strides and offsets', async (layout) => {
    for (const [gap, offset] of [
      [4, 64],
      [3, 64],
      [4, 2],
      [0, 1],
    ] as const)
      expect(
        await check(layout, { M: 21, N: 18, K: 10, gap, offset }, software),
        `${gap} ${offset}`,
      ).toBeLessThan(2e-6);
  });

  it('adds to C, to a residual with dropout, to C itself, and scales', async () => {
    for (const ending of ['add', 'residual', 'drop', 'inPlace'] as const)
      for (const [M, N] of [
        [24, 40],
        [9, 11],
      ] as const)
        expect(
          await check('NT', { M, N, K: 12, ending, alpha: 0.3 }, software),
          `${ending} ${N}`,
        ).toBeLessThan(2e-6);
  });

  it('sums a long K to float32', async () => {
    expect(await check('NN', { M: 32, N: 32, K: 2052 }, software)).toBeLessThan(1e-5);
  });
});
