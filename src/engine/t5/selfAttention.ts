/** h ← h + drop(o(attention(norm(h)))), a sublayer of either stack, forward and back. */
import { attention, attentionGrad, type AttentionShape } from '../ops/attention/attention';
import type { View } from '../program/program';
import {
  dropOut,
  linear,
  linearGrad,
  newDrop,
  norm,
  normGrad,
  type Build,
  type Drop,
  type Normed,
} from './build';
import type { SublayerNeeds } from './needs';

export interface SelfAttention {
  key: string;
  normed: Normed;
  qkv: View;
  probs: View;
  ctx: View;
  shape: AttentionShape;
  drop: Drop;
}

export interface StackShape {
  /** Examples, and tokens of each. */
  B: number;
  T: number;
  /** [B, T], 1 for a token that may be attended. */
  mask: View;
  /** [H, T, T], shared by the layers of the stack. */
  bias: View;
  causal: boolean;
}

export function selfAttention(
  b: Build,
  key: string,
  h: View,
  s: StackShape,
): { h: View; saved: SelfAttention } {
  const { numHeads: H, dKv, dModel } = b.config;
  const rows = s.B * s.T;
  const inner = H * dKv;
  const normed = norm(b, `${key}.norm`, h, rows);
  const qkv = b.p.scratch(`${key}.qkv`, rows * 3 * inner);
  linear(b, `${key}.qkv`, normed.y, qkv, { rows, inputs: dModel, outputs: 3 * inner });
  const probs = b.p.scratch(`${key}.probs`, s.B * H * s.T * s.T);
  const ctx = b.p.scratch(`${key}.ctx`, rows * inner);
  const inside = newDrop(b);
  const shape: AttentionShape = {
    B: s.B,
    H,
    T: s.T,
    S: s.T,
    dKv,
    rowQ: 3 * inner,
    offQ: 0,
    rowKv: 3 * inner,
    offK: inner,
    offV: 2 * inner,
    causal: s.causal,
    dropout: inside.rate,
    site: inside.site,
  };
  attention(b.p, { q: qkv, kv: qkv, bias: s.bias, mask: s.mask, scalars: b.scalars, probs, ctx }, shape);
  const out = b.p.scratch(`${key}.h`, rows * dModel);
  const drop = newDrop(b);
  linear(b, `${key}.o`, ctx, out, { rows, inputs: inner, outputs: dModel, residual: h, drop });
  return { h: out, saved: { key, normed, qkv, probs, ctx, shape, drop } };
}

/**
 * dh is the gradient of the sublayer's output on entry and of its input on return, where that is needed. dBias, if
 * any, collects the gradient of the stack's bias; `first` writes it instead of adding.
 */
export function selfAttentionGrad(
  b: Build,
  saved: SelfAttention,
  dh: View,
  needs: SublayerNeeds,
  dBias: View | undefined,
  first: boolean,
): void {
  const { key, normed, qkv, probs, ctx, shape, drop } = saved;
  const { dModel } = b.config;
  const rows = shape.B * shape.T;
  const inner = shape.H * shape.dKv;
  const dy = dropOut(b, dh, rows * dModel, drop);
  const dctx = needs.inside ? b.p.scratch(`${key}.dctx`, rows * inner) : undefined;
  linearGrad(b, `${key}.o`, { dy, x: ctx, dx: dctx }, { rows, inputs: inner, outputs: dModel });
  if (!dctx) return;
  const dqkv = b.p.scratch(`${key}.dqkv`, rows * 3 * inner);
  const dScore = b.p.scratch(`${key}.dScore`, shape.B * shape.H * shape.T * shape.S);
  attentionGrad(
    b.p,
    {
      dctx,
      q: qkv,
      kv: qkv,
      probs,
      scalars: b.scalars,
      dScore,
      dq: dqkv,
      dkv: dqkv,
      ...(dBias && { dBias }),
    },
    { ...shape, accumulateBias: !first },
  );
  const dnorm = needs.norm ? b.p.scratch(`${key}.dnorm`, rows * dModel) : undefined;
  linearGrad(
    b,
    `${key}.qkv`,
    { dy: dqkv, x: normed.y, dx: dnorm },
    { rows, inputs: dModel, outputs: 3 * inner },
  );
  if (dnorm) normGrad(b, `${key}.norm`, normed, dnorm, dh, rows);
}
