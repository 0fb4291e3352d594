import { expect, it } from 'vitest';
import { backends } from '../../../tests/engine/backends';
import { currentExecutor, openDevice } from '../device';
import { attention } from '../ops/attention/attention';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import { rmsNorm } from '../ops/rmsNorm/rmsNorm';
import { traitsOf } from './traits';
import { openGpu, runWithAndWithoutFeatures, TestMemory } from './testSupport';

it('kernels use what the adapter has, on the device that the page opens as on any', async () => {
  const device = await openGpu();
  const { halves, subgroup } = traitsOf(device);
  // Of the two browsers each has a feature that the other lacks, so that both are tested.
  if (backends.includes('wasm')) expect(subgroup).toBeGreaterThanOrEqual(4);
  else expect(halves).toBe(true);
  await openDevice('webgpu');
  expect(currentExecutor()).toMatchObject({ kind: 'webgpu', traits: { halves, subgroup } });
  expect(traitsOf(device, { features: [] })).toMatchObject({ halves: false, subgroup: 0 });
  device.destroy();
});

/** Reductions of numbers and of fours over a workgroup, and a product with halves. */
function reductions(): TestMemory {
  const memory = new TestMemory();
  const [rows, dim, inner] = [5, 70, 12];
  const { p } = memory;
  const scalars = memory.scalars();
  const y = memory.noise('y', rows * dim);
  const rstd = memory.noise('rstd', rows);
  rmsNorm(
    p,
    { x: memory.noise('x', rows * dim, 2), w: memory.noise('w', dim), y, rstd },
    { rows, dim, epsilon: 1e-6 },
  );
  const heads = { B: 2, H: 2, T: 5, S: 67, dKv: inner, rowQ: 2 * inner, offQ: 0, keyRows: 67, offK: 0 };
  const shape = { ...heads, rowKv: 4 * inner, offV: 2 * inner, causal: false, dropout: 0.1, site: 3 };
  const v = {
    q: memory.noise('q', 2 * 5 * 2 * inner),
    kv: memory.noise('kv', 2 * 67 * 4 * inner),
    probs: memory.noise('probs', 2 * 2 * 5 * 67),
    scalars,
  };
  const ctx = memory.noise('ctx', 2 * 5 * 2 * inner);
  attention(p, { ...v, mask: memory.floats('mask', new Float32Array(2 * 67).fill(1)), ctx }, shape);
  const b = transposed(rowMajor(memory.halves('b', 24 * dim), dim));
  const c = rowMajor(memory.noise('c', rows * 24), 24);
  matmul(p, scalars, rowMajor(y, dim), b, c, { M: rows, N: 24, K: dim });
  return memory;
}

it.each([true, false])(
  'gives the same bytes with optional features and without, with software=%s',
  async (software) => {
    const device = await openGpu();
    const [all, none] = await runWithAndWithoutFeatures(device, reductions(), software);
    expect(none).toBeDefined();
    expect(all).toEqual(none);
    device.destroy();
  },
);
