/** What the parts of the model need while they write a program: the builder, the weights, the shapes. */
import { dropout } from '../ops/dropout/dropout';
import { matmul, rowMajor, transposed } from '../ops/matmul/matmul';
import { rmsNorm, rmsNormGrad } from '../ops/rmsNorm/rmsNorm';
import type { ProgramBuilder, View } from '../program/program';
import type { T5Config } from '../types';
import type { ArenaSet } from './layout';

export interface Build {
  p: ProgramBuilder;
  config: T5Config;
  weights: ArenaSet;
  /** Of the weights that are trained; absent in programs that only go forward. */
  gradients?: ArenaSet;
  scalars: View;
  /** Dropout rate; 0 outside training. */
  rate: number;
  /** Keep each layer's input alone, and compute what else its backward pass takes when that comes to it. */
  checkpoint?: boolean;
  /** The number of the next dropout mask: each place in the model has its own. */
  nextSite(): number;
}

/** Where the gradient of a group goes, if it is trained. */
export const gradientOf = (b: Build, key: string): View | undefined =>
  b.gradients?.hasGroup(key) ? b.gradients.group(key) : undefined;

/** Whether anything is trained whose key begins so. */
export const trains = (b: Build, beginning: string): boolean =>
  [...(b.gradients?.layout.groups.keys() ?? [])].some((key) => key.startsWith(beginning));

/** A dropout mask's place, so that the backward pass makes the same mask. */
export interface Drop {
  rate: number;
  site: number;
}

export const newDrop = (b: Build): Drop => ({ rate: b.rate, site: b.rate > 0 ? b.nextSite() : 0 });

/** y[rows, outputs] = x[rows, inputs]·Wᵀ, W the group `key`; with a residual, y = residual + drop(x·Wᵀ). */
export function linear(
  b: Build,
  key: string,
  x: View,
  y: View,
  s: { rows: number; inputs: number; outputs: number; residual?: View; drop?: Drop },
): void {
  const w = rowMajor(b.weights.group(key), s.inputs);
  matmul(b.p, b.scalars, rowMajor(x, s.inputs), transposed(w), rowMajor(y, s.outputs), {
    M: s.rows,
    N: s.outputs,
    K: s.inputs,
    ...(s.residual && { residual: s.residual }),
    ...(s.drop && { dropout: s.drop }),
  });
}

/** dW += dyᵀ·x where W is trained, and dx = dy·W where dx is asked for, or dx += dy·W with `accumulate`. */
export function linearGrad(
  b: Build,
  key: string,
  v: { dy: View; x: View; dx?: View | undefined },
  s: { rows: number; inputs: number; outputs: number; accumulate?: boolean },
): void {
  const dy = rowMajor(v.dy, s.outputs);
  const dw = gradientOf(b, key);
  if (dw)
    matmul(b.p, b.scalars, transposed(dy), rowMajor(v.x, s.inputs), rowMajor(dw, s.inputs), {
      M: s.outputs,
      N: s.inputs,
      K: s.rows,
      accumulate: true,
    });
  if (!v.dx) return;
  matmul(b.p, b.scalars, dy, rowMajor(b.weights.group(key), s.inputs), rowMajor(v.dx, s.inputs), {
    M: s.rows,
    N: s.inputs,
    K: s.outputs,
    ...(s.accumulate && { accumulate: true }),
  });
}

/** What a norm leaves for its backward pass. */
export interface Normed {
  x: View;
  y: View;
  rstd: View;
}

export function norm(b: Build, key: string, x: View, rows: number): Normed {
  const y = b.p.scratch(`${key}.y`, rows * b.config.dModel);
  const rstd = b.p.scratch(`${key}.rstd`, rows);
  const shape = { rows, dim: b.config.dModel, epsilon: b.config.layerNormEpsilon };
  rmsNorm(b.p, { x, w: b.weights.group(key), y, rstd }, shape);
  return { x, y, rstd };
}

/** The gradient of the norm's input, added to `dx` unless `accumulate` is false. */
export function normGrad(
  b: Build,
  key: string,
  n: Normed,
  dy: View,
  dx: View,
  rows: number,
  accumulate = true,
): void {
  const dw = gradientOf(b, key);
  rmsNormGrad(
    b.p,
    { dy, x: n.x, w: b.weights.group(key), rstd: n.rstd, dx, ...(dw && { dw }) },
    { rows, dim: b.config.dModel, accumulate },
  );
}

/** drop(x), or x itself where nothing is dropped. */
export function dropOut(b: Build, x: View, length: number, drop: Drop): View {
  if (drop.rate === 0) return x;
  const y = b.p.scratch('dropped', length);
  dropout(b.p, { x, scalars: b.scalars, y }, { length, site: drop.site, rate: drop.rate });
  return y;
}
