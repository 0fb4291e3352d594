import { expect, it } from 'vitest';
import { backends } from '../../../tests/engine/backends';
import { currentExecutor, openDevice } from '../device';
import { attention, attentionGrad } from '../ops/attention/attention';
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import { rmsNorm } from '../ops/rmsNorm/rmsNorm';
import type { WebGpuExecutor } from './executor';
import { traitsOf } from './traits';
import { openGpu, runWithAndWithoutFeatures, TestMemory } from './testSupport';

it('kernels use what the adapter has, on the device that the page opens as on any', async () => {
  const device = await openGpu();
  const { halves, subgroup } = traitsOf(device);
  // Of the two browsers each has a feature that the other lacks, so that both are tested.
  if (backends.includes('wasm')) expect(subgroup).toBeGreaterThanOrEqual(4);
  else expect(halves).toBe(true);
  await openDevice('webgpu');
  expect((currentExecutor() as WebGpuExecutor).traits).toMatchObject({ halves, subgroup });
  expect(traitsOf(device, { features: [] })).toMatchObject({ halves: false, subgroup: 0 });
  device.destroy();
});

/** Reductions over workgroups of 64 and 256 threads, of numbers and of fours, and a product with halves. */
function reductions(): TestMemory {
  const memory = new TestMemory();
  const [rows, dim, vocab, inner] = [5, 70, 1030, 12];
  const { p } = memory;
  const scalars = memory.scalars();
  const y = memory.noise('y', rows * dim);
  const rstd = memory.noise('rstd', rows);
  rmsNorm(
    p,
    { x: memory.noise('x', rows * dim, 2), w: memory.noise('w', dim), y, rstd },
    { rows, dim, epsilon: 1e-6 },
  );
  const labels = memory.words('labels', Uint32Array.of(1, 2, 3, 4, 1029));
  const logits = memory.noise('logits', rows * vocab, 5);
  const rowLoss = memory.noise('rowLoss', rows);
  crossEntropy(p, { logits, labels, scalars, rowLoss }, { rows, vocab, grad: true });
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
  const gradients = {
    dctx: memory.noise('dctx', 2 * 5 * 2 * inner),
    dScore: memory.noise('dScore', 2 * 2 * 5 * 67),
    dq: memory.noise('dq', 2 * 5 * 2 * inner),
    dkv: memory.noise('dkv', 2 * 67 * 4 * inner),
  };
  attentionGrad(p, { ...v, ...gradients }, shape);
  const b = transposed(rowMajor(memory.halves('b', 24 * dim), dim));
  const c = rowMajor(memory.noise('c', rows * 24), 24);
  matmul(p, scalars, rowMajor(y, dim), b, c, { M: rows, N: 24, K: dim });
  return memory;
}

it('gives the same bytes with optional features and without', async () => {
  const device = await openGpu();
  const [all, none] = await runWithAndWithoutFeatures(device, reductions(), false);
  expect(none).toBeDefined();
  expect(all).toEqual(none);
  device.destroy();
});
