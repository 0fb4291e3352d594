/** What the parts of the model need while they write a program: the builder, the weights, the shapes. */
import { dropout } from '../ops/dropout/dropout';
import { downGrad, down, piecesOf, up, upGrad, type LowRank } from '../adapters/lowRank';
import { matmul, rowMajor, transposed, type Matrix } from '../ops/matmul/matmul';
import { rmsNorm, rmsNormGrad } from '../ops/rmsNorm/rmsNorm';
import type { ProgramBuilder, View } from '../program/program';
import type { T5Config } from '../types';
import type { ArenaSet } from './layout';

export interface Build {
  p: ProgramBuilder;
  config: T5Config;
  weights: ArenaSet;
  /** Of the weights that are trained; absent in programs that only go forward, or train an adapter. */
  gradients?: ArenaSet;
  /** The attached ones; one of them may be trained. */
  adapters?: readonly LowRank[];
  /** What adapters leave for the backward pass. */
  lowRankProducts?: Map<string, View>;
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
  [b.gradients, ...(b.adapters ?? []).map((adapter) => adapter.gradients)].some((set) =>
    [...(set?.layout.groups.keys() ?? [])].some((key) => key.startsWith(beginning)),
  );

/** A dropout mask's place, so that the backward pass makes the same mask. */
export interface Drop {
  rate: number;
  site: number;
}

export const newDrop = (b: Build): Drop => ({ rate: b.rate, site: b.rate > 0 ? b.nextSite() : 0 });

interface LinearShape {
  rows: number;
  inputs: number;
  outputs: number;
  /** The first of the group's outputs that is wanted; 0 by default. */
  first?: number;
}

/** y[rows, outputs] = x[rows, inputs]·Wᵀ, W the group `key`; with a residual, y = residual + drop(x·Wᵀ). */
export function linear(
  b: Build,
  key: string,
  x: View,
  y: View,
  s: LinearShape & { residual?: View; drop?: Drop },
): void {
  linearInto(b, key, x, rowMajor(y, s.outputs), s);
}

/** The same into a matrix whose rows may lie apart; with a residual they may not. */
export function linearInto(
  b: Build,
  key: string,
  x: View,
  y: Matrix,
  s: LinearShape & { residual?: View; drop?: Drop },
): void {
  const { p, scalars } = b;
  const range = { first: 0, ...s };
  const shape = { M: s.rows, N: s.outputs, K: s.inputs };
  const w = transposed(rowMajor(b.weights.group(key), s.inputs, range.first * s.inputs));
  const pieces = piecesOf(b, key, range);
  let { residual } = s;
  const drops = residual !== undefined && s.drop !== undefined && s.drop.rate > 0;
  // One mask drops of the whole sum, so each term goes through it on its way.
  for (const piece of drops ? pieces : []) {
    const sum = p.scratch(`${key}.sum`, s.rows * s.outputs);
    const terms = { ...(residual && { residual }), ...(s.drop && { dropout: s.drop }) };
    up(b, piece, down(b, piece, x, range), rowMajor(sum, s.outputs), range, terms);
    residual = sum;
  }
  matmul(p, scalars, rowMajor(x, s.inputs), w, y, {
    ...shape,
    ...(residual && { residual }),
    ...(s.drop && { dropout: s.drop }),
  });
  for (const piece of drops ? [] : pieces) up(b, piece, down(b, piece, x, range), y, range);
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
  const range = { ...s, first: 0 };
  const pieces = piecesOf(b, key, range).filter(({ use }) => v.dx ?? use.gradients);
  const small = pieces.map((piece) => upGrad(b, piece, v.dy, v.x, range));
  if (!v.dx) return;
  const w = rowMajor(b.weights.group(key), s.inputs);
  const shape = { M: s.rows, N: s.inputs, K: s.outputs };
  if (pieces.every(({ drop }) => drop.rate === 0)) {
    const dx = rowMajor(v.dx, s.inputs);
    matmul(b.p, b.scalars, dy, w, dx, { ...shape, ...(s.accumulate && { accumulate: true }) });
    for (const [i, piece] of pieces.entries()) downGrad(b, piece, small[i]!, v.dx, range);
    return;
  }
  // No product is dropped of in place, so the sum moves on from term to term.
  let sum = b.p.scratch(`${key}.dsum`, s.rows * s.inputs);
  const start = s.accumulate ? { residual: v.dx } : {};
  matmul(b.p, b.scalars, dy, w, rowMajor(sum, s.inputs), { ...shape, ...start });
  for (const [i, piece] of pieces.entries()) {
    const next = i === pieces.length - 1 ? v.dx : b.p.scratch(`${key}.dsum`, s.rows * s.inputs);
    downGrad(b, piece, small[i]!, next, range, { residual: sum, dropout: piece.drop });
    sum = next;
  }
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
