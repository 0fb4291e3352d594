/** h ← h + drop(o(attention(q of norm(h), k and v of the encoder's output))), forward and back. */
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

export interface CrossAttention {
  key: string;
  normed: Normed;
  q: View;
  kv: View;
  probs: View;
  ctx: View;
  shape: AttentionShape;
  drop: Drop;
}

/** The encoder's output [B·S, dModel] and its mask [B, S]. */
export interface Encoded {
  states: View;
  mask: View;
  S: number;
}

/** The same as each layer's keys and values, [B·S, 2·inner]: all that a forward pass needs of the encoder. */
export interface Projected {
  keysAndValues: readonly View[];
  mask: View;
  S: number;
}

/** k and v of the encoder's output, side by side: [B·S, 2·inner]. */
export function crossKeysAndValues(b: Build, key: string, encoded: Encoded, B: number): View {
  const { numHeads, dKv, dModel } = b.config;
  const outputs = 2 * numHeads * dKv;
  const kv = b.p.scratch(`${key}.kv`, B * encoded.S * outputs);
  linear(b, `${key}.kv`, encoded.states, kv, { rows: B * encoded.S, inputs: dModel, outputs });
  return kv;
}

export function crossAttention(
  b: Build,
  key: string,
  h: View,
  s: { B: number; T: number; S: number; kv: View; mask: View },
): { h: View; saved: CrossAttention } {
  const { numHeads: H, dKv, dModel } = b.config;
  const rows = s.B * s.T;
  const inner = H * dKv;
  const normed = norm(b, `${key}.norm`, h, rows);
  const q = b.p.scratch(`${key}.q`, rows * inner);
  linear(b, `${key}.q`, normed.y, q, { rows, inputs: dModel, outputs: inner });
  const probs = b.p.scratch(`${key}.probs`, s.B * H * s.T * s.S);
  const ctx = b.p.scratch(`${key}.ctx`, rows * inner);
  const inside = newDrop(b);
  const shape: AttentionShape = {
    B: s.B,
    H,
    T: s.T,
    S: s.S,
    dKv,
    rowQ: inner,
    offQ: 0,
    rowKv: 2 * inner,
    offK: 0,
    offV: inner,
    causal: false,
    dropout: inside.rate,
    site: inside.site,
  };
  attention(b.p, { q, kv: s.kv, mask: s.mask, scalars: b.scalars, probs, ctx }, shape);
  const out = b.p.scratch(`${key}.h`, rows * dModel);
  const drop = newDrop(b);
  linear(b, `${key}.o`, ctx, out, { rows, inputs: inner, outputs: dModel, residual: h, drop });
  return { h: out, saved: { key, normed, q, kv: s.kv, probs, ctx, shape, drop } };
}

/**
 * dh and `needs` as in selfAttentionGrad; the gradient of the encoder's output, where it is needed, is added to
 * `dStates`, or written if `first`.
 */
export function crossAttentionGrad(
  b: Build,
  saved: CrossAttention,
  dh: View,
  needs: SublayerNeeds,
  encoded: Encoded,
  dStates: View | undefined,
  first: boolean,
): void {
  const { key, normed, q, kv, probs, ctx, shape, drop } = saved;
  const { dModel } = b.config;
  const rows = shape.B * shape.T;
  const inner = shape.H * shape.dKv;
  const dy = dropOut(b, dh, rows * dModel, drop);
  const dctx = needs.inside ? b.p.scratch(`${key}.dctx`, rows * inner) : undefined;
  linearGrad(b, `${key}.o`, { dy, x: ctx, dx: dctx }, { rows, inputs: inner, outputs: dModel });
  if (!dctx) return;
  const dq = b.p.scratch(`${key}.dq`, rows * inner);
  const dkv = b.p.scratch(`${key}.dkv`, shape.B * shape.S * 2 * inner);
  const dScore = b.p.scratch(`${key}.dScore`, shape.B * shape.H * shape.T * shape.S);
  attentionGrad(b.p, { dctx, q, kv, probs, scalars: b.scalars, dScore, dq, dkv }, shape);
  linearGrad(
    b,
    `${key}.kv`,
    { dy: dkv, x: encoded.states, dx: dStates },
    { rows: shape.B * shape.S, inputs: dModel, outputs: 2 * inner, accumulate: !first },
  );
  const dnorm = needs.norm ? b.p.scratch(`${key}.dnorm`, rows * dModel) : undefined;
  linearGrad(b, `${key}.q`, { dy: dq, x: normed.y, dx: dnorm }, { rows, inputs: dModel, outputs: inner });
  if (dnorm) normGrad(b, `${key}.norm`, normed, dnorm, dh, rows);
}
