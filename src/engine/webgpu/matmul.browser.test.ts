import { beforeAll, describe, expect, it } from 'vitest';
import { matmul, rowMajor, transposed, type Matrix } from '../ops/matmul/matmul';
import type { View } from '../program/program';
import { openGpu, TestMemory, worstDifference } from './testSupport';

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
  /** B is f16. */
  half?: boolean;
  /** Slot of the scalars with a factor of alpha. */
  factor?: number;
}

function check(layout: string, c: Case, software: boolean): Promise<number> {
  const { M, N, K, gap = 0, offset = 0, ending = 'write', alpha = 1, factor = 0 } = c;
  const memory = new TestMemory();
  const size = (stored: string | undefined, rows: number, cols: number): number =>
    offset + (stored === 'N' ? rows * (cols + gap) : cols * (rows + gap));
  const a = memory.noise('a', size(layout[0], M, K));
  const b = memory[c.half ? 'halves' : 'noise']('b', size(layout[1], K, N));
  const result = memory.noise('c', offset + (N + gap) * M + 3);
  const r = memory.noise('r', offset + (N + gap) * M + 3);
  const residual = { residual: r, drop: r, inPlace: result, write: undefined, add: undefined }[ending];
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
      factor,
      accumulate: ending === 'add',
      ...(residual && { residual }),
      ...((ending === 'drop' || ending === 'inPlace') && { dropout: { rate: 0.1, site: 7 } }),
    },
  );
  return worstDifference(device, memory, software);
}

describe.each([true, false])('matmul with software=%s', (software) => {
  it.each(layouts)(
    '%s agrees with the reference on shapes that fit the tiles and that do not',
    async (layout) => {
      for (const [M, N, K] of [
        [32, 32, 32],
        [1, 1, 1],
        [17, 33, 12],
        [64, 20, 66],
        [3, 130, 37],
      ] as const)
        expect(await check(layout, { M, N, K }, software), `${M}x${N}x${K}`).toBeLessThan(2e-6);
    },
  );

  it.each(layouts)('%s keeps to strides and offsets', async (layout) => {
    for (const [gap, offset] of [
      [4, 64],
      [3, 1],
    ] as const)
      expect(await check(layout, { M: 21, N: 18, K: 10, gap, offset }, software), `gap ${gap}`).toBeLessThan(
        2e-6,
      );
  });

  it.each(['add', 'residual', 'drop', 'inPlace'] as const)('scales and ends with: %s', async (ending) => {
    for (const [M, N] of [
      [24, 40],
      [9, 11],
    ] as const)
      expect(await check('NT', { M, N, K: 12, ending, alpha: 0.3 }, software), `N ${N}`).toBeLessThan(2e-6);
  });

  it.each(layouts)('%s multiplies with a B of halves', async (layout) => {
    for (const c of [
      { M: 32, N: 32, K: 32, gap: 4, offset: 64 },
      { M: 17, N: 33, K: 12, gap: 3, offset: 1 },
      { M: 9, N: 20, K: 2051 },
    ])
      expect(await check(layout, { ...c, half: true }, software), `${c.M}x${c.N}x${c.K}`).toBeLessThan(1e-5);
  });

  it.each(['write', 'add', 'residual', 'drop'] as const)(
    'has a factor among the scalars: %s',
    async (ending) => {
      for (const N of [40, 11])
        expect(await check('NT', { M: 9, N, K: 12, ending, alpha: 0.3, factor: 2 }, software)).toBeLessThan(
          2e-6,
        );
    },
  );

  it('sums a long K to float32 in whatever parts, and then adds, drops and keeps to strides', async () => {
    for (const ending of ['write', 'add', 'drop'] as const)
      expect(await check('NN', { M: 34, N: 30, K: 2052, gap: 2, ending }, software), ending).toBeLessThan(
        1e-5,
      );
  });

  it('multiplies few rows with a wide matrix', async () => {
    for (const [M, N, K] of [
      [1, 40, 64],
      [8, 130, 128],
      [13, 21, 30],
    ] as const)
      expect(await check('NT', { M, N, K, ending: 'residual' }, software), `${M}x${N}x${K}`).toBeLessThan(
        2e-6,
      );
  });
});

describe('matmul on a GPU', () => {
  it.each(layouts)('%s takes large squares for large products', async (layout) => {
    expect(await check(layout, { M: 1030, N: 964, K: 18 }, false)).toBeLessThan(2e-6);
  });
});
