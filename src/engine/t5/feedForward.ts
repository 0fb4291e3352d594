/** h ← h + drop(wo(drop(activation(wi(norm(h)))))), forward and back. */
import { activation, activationGrad, type ActivationShape } from '../ops/activation/activation';
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

export interface FeedForward {
  key: string;
  normed: Normed;
  wide: View;
  active: View;
  shape: ActivationShape;
  drop: Drop;
}

/** @param last false where only what the backward pass takes is wanted, and the output is not */
export function feedForward(
  b: Build,
  key: string,
  h: View,
  rows: number,
  last = true,
): { h: View; saved: FeedForward } {
  const { dModel, dFf } = b.config;
  const gated = b.config.feedForward === 'gated-gelu';
  const outputs = gated ? 2 * dFf : dFf;
  const normed = norm(b, `${key}.norm`, h, rows);
  const wide = b.p.scratch(`${key}.wide`, rows * outputs);
  linear(b, `${key}.wi`, normed.y, wide, { rows, inputs: dModel, outputs });
  const active = b.p.scratch(`${key}.active`, rows * dFf);
  const { rate, site } = newDrop(b);
  const shape = { rows, dim: dFf, gated, dropout: rate, site };
  activation(b.p, { h: wide, scalars: b.scalars, out: active }, shape);
  const out = b.p.scratch(`${key}.h`, rows * dModel);
  const drop = newDrop(b);
  if (last) linear(b, `${key}.wo`, active, out, { rows, inputs: dFf, outputs: dModel, residual: h, drop });
  return { h: out, saved: { key, normed, wide, active, shape, drop } };
}

/** dh and `needs` as in selfAttentionGrad. */
export function feedForwardGrad(b: Build, saved: FeedForward, dh: View, needs: SublayerNeeds): void {
  const { key, normed, wide, active, shape, drop } = saved;
  const { dModel, dFf } = b.config;
  const { rows } = shape;
  const outputs = shape.gated ? 2 * dFf : dFf;
  const dy = dropOut(b, dh, rows * dModel, drop);
  const wo = { rows, inputs: dFf, outputs: dModel };
  const dActive = needs.inside ? b.p.scratch(`${key}.dactive`, rows * dFf) : undefined;
  linearGrad(b, `${key}.wo`, { dy, x: active, dx: dActive }, wo);
  if (!dActive) return;
  const dWide = b.p.scratch(`${key}.dwide`, rows * outputs);
  activationGrad(b.p, { dOut: dActive, h: wide, scalars: b.scalars, dh: dWide }, shape);
  const dnorm = needs.norm ? b.p.scratch(`${key}.dnorm`, rows * dModel) : undefined;
  linearGrad(b, `${key}.wi`, { dy: dWide, x: normed.y, dx: dnorm }, { rows, inputs: dModel, outputs });
  if (dnorm) normGrad(b, `${key}.norm`, normed, dnorm, dh, rows);
}
