import { beforeAll, describe, expect, it } from 'vitest';
import { attention, attentionGrad, type AttentionShape } from '../ops/attention/attention';
import { openGpu, TestMemory, worstDifference } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

interface Case {
  B: number;
  H: number;
  T: number;
  S: number;
  dKv: number;
  causal?: boolean;
  bias?: boolean;
  dropout?: number;
  /** Keys beyond this one are masked in the last example. */
  open?: number;
  keyRows?: number;
  gap?: number;
  size?: number;
}

const shapes: Case[] = [
  { B: 2, H: 2, T: 8, S: 8, dKv: 8, bias: true, dropout: 0.1 },
  { B: 2, H: 3, T: 5, S: 7, dKv: 20, bias: true, open: 3 },
  { B: 1, H: 2, T: 9, S: 9, dKv: 6, bias: true, causal: true, dropout: 0.3 },
  { B: 3, H: 1, T: 16, S: 12, dKv: 36, open: 0 },
  { B: 2, H: 2, T: 1, S: 5, dKv: 16, bias: true, keyRows: 9 },
  { B: 1, H: 1, T: 130, S: 131, dKv: 4, open: 100, causal: true },
  { B: 2, H: 2, T: 6, S: 4, dKv: 32, bias: true, dropout: 0.1, gap: 3 },
  { B: 1, H: 2, T: 4, S: 6, dKv: 64, bias: true, size: 100 },
];

function views(memory: TestMemory, c: Case) {
  const { B, H, T, S, dKv, open = S, keyRows = S, gap = 0, size = 1, causal = false, dropout = 0 } = c;
  const shape: AttentionShape = {
    B,
    H,
    T,
    S,
    dKv,
    rowQ: 2 * H * dKv + gap,
    offQ: gap,
    rowKv: 3 * H * dKv + gap,
    offK: H * dKv,
    offV: 2 * H * dKv + gap,
    keyRows,
    causal,
    dropout,
    site: 5,
  };
  const mask = new Float32Array(B * S).fill(1);
  mask.fill(0, (B - 1) * S + open);
  return {
    shape,
    q: memory.noise('q', B * T * shape.rowQ, size),
    kv: memory.noise('kv', B * keyRows * shape.rowKv, size),
    bias: memory.noise('bias', H * T * S, 3),
    mask: memory.floats('mask', mask),
    scalars: memory.scalars(),
    probs: memory.noise('probs', B * H * T * S),
  };
}

describe.each([true, false])('attention with software=%s', (software) => {
  it.each(shapes)('agrees with the reference: %o', async (c) => {
    const memory = new TestMemory();
    const { shape, q, kv, bias, mask, scalars, probs } = views(memory, c);
    const ctx = memory.noise('ctx', c.B * c.T * c.H * c.dKv);
    attention(memory.p, { q, kv, ...(c.bias ? { bias } : {}), mask, scalars, probs, ctx }, shape);
    expect(await worstDifference(device, memory, software)).toBeLessThan(1e-5);
  });

  it.each(shapes)('has the gradients of the reference: %o', async (c) => {
    const memory = new TestMemory();
    const { shape, q, kv, scalars, probs } = views(memory, c);
    const dctx = memory.noise('dctx', c.B * c.T * c.H * c.dKv);
    const dScore = memory.noise('dScore', c.B * c.H * c.T * c.S);
    const dq = memory.noise('dq', q.length);
    const dkv = memory.noise('dkv', kv.length);
    const dBias = memory.noise('dBias', c.H * c.T * c.S);
    attentionGrad(
      memory.p,
      { dctx, q, kv, probs, scalars, dScore, dq, dkv, ...(c.bias ? { dBias } : {}) },
      { ...shape, accumulateBias: c.causal === true },
    );
    expect(await worstDifference(device, memory, software)).toBeLessThan(1e-5);
  });

  it('reads queries and keys of one buffer and writes their gradients into one', async () => {
    const memory = new TestMemory();
    const [B, H, T, dKv] = [2, 2, 6, 8];
    const inner = H * dKv;
    const shape: AttentionShape = {
      B,
      H,
      T,
      S: T,
      dKv,
      rowQ: 3 * inner,
      offQ: 0,
      rowKv: 3 * inner,
      offK: inner,
      offV: 2 * inner,
      causal: false,
      dropout: 0.1,
      site: 2,
    };
    const qkv = memory.noise('qkv', B * T * 3 * inner);
    const mask = memory.floats('mask', new Float32Array(B * T).fill(1));
    const scalars = memory.scalars();
    const probs = memory.noise('probs', B * H * T * T);
    const ctx = memory.noise('ctx', B * T * inner);
    const dScore = memory.noise('dScore', B * H * T * T);
    const dqkv = memory.noise('dqkv', B * T * 3 * inner);
    attention(memory.p, { q: qkv, kv: qkv, mask, scalars, probs, ctx }, shape);
    attentionGrad(
      memory.p,
      { dctx: ctx, q: qkv, kv: qkv, probs, scalars, dScore, dq: dqkv, dkv: dqkv },
      shape,
    );
    expect(await worstDifference(device, memory, software)).toBeLessThan(1e-5);
  });
});
