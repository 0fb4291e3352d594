/** RMS layer norm as T5 has it: no mean, no bias. @see Zhang & Sennrich 2019 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** y[n, d] = w[d]·x[n, d]·rstd[n], rstd[n] = 1/sqrt(mean_d x[n, d]² + epsilon). */
export const rmsNormSpec: OpSpec = {
  name: 'rmsNorm',
  opcode: opcodes.rmsNorm,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'w', access: 'read' },
    { name: 'y', access: 'write' },
    { name: 'rstd', access: 'write' },
  ],
  ints: ['rows', 'dim'],
  floats: ['epsilon'],
};

/**
 * dx[n, d] += r·w[d]·dy[n, d] − x[n, d]·r³/D·Σ_e dy[n, e]·w[e]·x[n, e], r = rstd[n].
 * `accumulate` 0 writes dx instead of adding to it.
 */
export const rmsNormGradSpec: OpSpec = {
  name: 'rmsNormGrad',
  opcode: opcodes.rmsNormGrad,
  bindings: [
    { name: 'dy', access: 'read' },
    { name: 'x', access: 'read' },
    { name: 'w', access: 'read' },
    { name: 'rstd', access: 'read' },
    { name: 'dx', access: 'update' },
  ],
  ints: ['rows', 'dim', 'accumulate'],
  floats: [],
};

/** dw[d] += Σ_n dy[n, d]·x[n, d]·rstd[n], rows in order, so that it is the same every time. */
export const rmsNormWeightGradSpec: OpSpec = {
  name: 'rmsNormWeightGrad',
  opcode: opcodes.rmsNormWeightGrad,
  bindings: [
    { name: 'dy', access: 'read' },
    { name: 'x', access: 'read' },
    { name: 'rstd', access: 'read' },
    { name: 'dw', access: 'update' },
  ],
  ints: ['rows', 'dim'],
  floats: [],
};

interface Shape {
  rows: number;
  dim: number;
}

export function rmsNorm(
  p: ProgramBuilder,
  v: { x: View; w: View; y: View; rstd: View },
  { rows, dim, epsilon }: Shape & { epsilon: number },
): void {
  p.emit(rmsNormSpec, [v.x, v.w, v.y, v.rstd], [rows, dim], [epsilon]);
}

/** Both gradients; `dw` may be left out for a frozen weight. */
export function rmsNormGrad(
  p: ProgramBuilder,
  v: { dy: View; x: View; w: View; rstd: View; dx: View; dw?: View },
  { rows, dim, accumulate }: Shape & { accumulate: boolean },
): void {
  p.emit(rmsNormGradSpec, [v.dy, v.x, v.w, v.rstd, v.dx], [rows, dim, accumulate ? 1 : 0]);
  if (v.dw) p.emit(rmsNormWeightGradSpec, [v.dy, v.x, v.rstd, v.dw], [rows, dim]);
}
