/**
 * Attention as T5 has it: no 1/√d, an additive position bias shared by the layers of a stack, dropout on the
 * probabilities. q is read from rows of `q`, k and v from rows of `kv`, through strides and offsets, so that one
 * matmul can make q, k and v side by side. Head h takes columns offset + h·dKv .. + dKv of a row.
 *
 * Row of query (b, t) in q, probs' and ctx's order: b·T + t. Row of key (b, s) in kv: b·keyRows + s, keyRows ≥ S
 * (a cache holds more rows than are filled).
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

const ints = [
  'B', 'H', 'T', 'S', 'dKv', 'rowQ', 'offQ', 'rowKv', 'offK', 'offV', 'keyRows', 'causal', 'hasBias', 'site',
] as const; // prettier-ignore

/**
 * score[b,h,t,s] = Σ_d q·k + bias[h,t,s] (if hasBias), or the most negative float where mask[b,s] is 0 or, if
 * causal, where s > t: a row with no key left is then uniform over all S, as in Hugging Face.
 * probs[b,h,t,s] = softmax_s score (before dropout). ctx[b·T+t, h·dKv+d] = Σ_s drop(probs)·v.
 * The dropout mask's index is ((b·H + h)·T + t)·S + s. ctx rows are H·dKv long.
 */
export const attentionSpec: OpSpec = {
  name: 'attention',
  opcode: opcodes.attention,
  bindings: [
    { name: 'q', access: 'read' },
    { name: 'kv', access: 'read' },
    /** [H, T, S]; any readable view when hasBias is 0. */
    { name: 'bias', access: 'read' },
    /** [B, S], 1 or 0. */
    { name: 'mask', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'probs', access: 'write' },
    { name: 'ctx', access: 'write' },
  ],
  ints,
  floats: ['dropout'],
};

/**
 * dP = drop-mask·(dctx·v); dScore = probs·(dP − Σ_s probs·dP); dq = Σ_s dScore·k.
 * dq goes to rows of `dq` (stride rowQ, offset offQ); dScore [B,H,T,S] is kept for the keys and the bias.
 */
export const attentionQueryGradSpec: OpSpec = {
  name: 'attentionQueryGrad',
  opcode: opcodes.attentionQueryGrad,
  bindings: [
    { name: 'dctx', access: 'read' },
    { name: 'kv', access: 'read' },
    { name: 'probs', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'dScore', access: 'write' },
    /** Only columns offQ .. offQ + H·dKv of each row are written. */
    { name: 'dq', access: 'update' },
  ],
  ints,
  floats: ['dropout'],
};

/** dk[b,s] = Σ_t dScore·q; dv[b,s] = Σ_t drop(probs)·dctx; written at offK and offV of rows of `dkv`. */
export const attentionKeyValueGradSpec: OpSpec = {
  name: 'attentionKeyValueGrad',
  opcode: opcodes.attentionKeyValueGrad,
  bindings: [
    { name: 'dctx', access: 'read' },
    { name: 'q', access: 'read' },
    { name: 'probs', access: 'read' },
    { name: 'dScore', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'dkv', access: 'update' },
  ],
  ints,
  floats: ['dropout'],
};

/** dBias[h,t,s] += Σ_b dScore[b,h,t,s]; accumulate 0 writes. */
export const attentionBiasGradSpec: OpSpec = {
  name: 'attentionBiasGrad',
  opcode: opcodes.attentionBiasGrad,
  bindings: [
    { name: 'dScore', access: 'read' },
    { name: 'dBias', access: 'update' },
  ],
  ints: ['B', 'HTS', 'accumulate'],
  floats: [],
};

export interface AttentionShape {
  B: number;
  H: number;
  T: number;
  S: number;
  dKv: number;
  rowQ: number;
  offQ: number;
  rowKv: number;
  offK: number;
  offV: number;
  /** Rows of kv per example; S by default. */
  keyRows?: number;
  causal: boolean;
  dropout: number;
  site: number;
}

const list = (s: AttentionShape, hasBias: boolean): number[] => [
  s.B, s.H, s.T, s.S, s.dKv, s.rowQ, s.offQ, s.rowKv, s.offK, s.offV, s.keyRows ?? s.S,
  s.causal ? 1 : 0, hasBias ? 1 : 0, s.site,
]; // prettier-ignore

export function attention(
  p: ProgramBuilder,
  v: { q: View; kv: View; bias?: View; mask: View; scalars: View; probs: View; ctx: View },
  s: AttentionShape,
): void {
  p.emit(
    attentionSpec,
    [v.q, v.kv, v.bias ?? v.mask, v.mask, v.scalars, v.probs, v.ctx],
    list(s, v.bias !== undefined),
    [s.dropout],
  );
}

/** All gradients of `attention`; `dBias` adds to what it holds when `accumulateBias`. */
export function attentionGrad(
  p: ProgramBuilder,
  v: {
    dctx: View; q: View; kv: View; probs: View; scalars: View; dScore: View; dq: View; dkv: View; dBias?: View;
  }, // prettier-ignore
  s: AttentionShape & { accumulateBias?: boolean },
): void {
  const shape = list(s, v.dBias !== undefined);
  p.emit(attentionQueryGradSpec, [v.dctx, v.kv, v.probs, v.scalars, v.dScore, v.dq], shape, [s.dropout]);
  p.emit(attentionKeyValueGradSpec, [v.dctx, v.q, v.probs, v.dScore, v.scalars, v.dkv], shape, [s.dropout]);
  if (v.dBias)
    p.emit(attentionBiasGradSpec, [v.dScore, v.dBias], [s.B, s.H * s.T * s.S, s.accumulateBias ? 1 : 0]);
}
