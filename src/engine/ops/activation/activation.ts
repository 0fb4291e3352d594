/** The feed-forward activation: relu, or gelu_new of one half times the other. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/**
 * gated 1: h is [rows, 2·dim], out[n, j] = drop(gelu(h[n, j])·h[n, dim + j]),
 *   gelu(x) = ½x(1 + tanh(√(2/π)(x + 0.044715x³))).
 * gated 0: h is [rows, dim], out = drop(max(h, 0)).
 * The dropout mask's index is n·dim + j.
 */
export const activationSpec: OpSpec = {
  name: 'activation',
  opcode: opcodes.activation,
  bindings: [
    { name: 'h', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'out', access: 'write' },
  ],
  ints: ['rows', 'dim', 'gated', 'site'],
  floats: ['dropout'],
};

/** dh of the same shape as h. */
export const activationGradSpec: OpSpec = {
  name: 'activationGrad',
  opcode: opcodes.activationGrad,
  bindings: [
    { name: 'dOut', access: 'read' },
    { name: 'h', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'dh', access: 'write' },
  ],
  ints: ['rows', 'dim', 'gated', 'site'],
  floats: ['dropout'],
};

export interface ActivationShape {
  rows: number;
  dim: number;
  gated: boolean;
  dropout: number;
  site: number;
}

const list = (s: ActivationShape): number[] => [s.rows, s.dim, s.gated ? 1 : 0, s.site];

export function activation(
  p: ProgramBuilder,
  v: { h: View; scalars: View; out: View },
  s: ActivationShape,
): void {
  p.emit(activationSpec, [v.h, v.scalars, v.out], list(s), [s.dropout]);
}

export function activationGrad(
  p: ProgramBuilder,
  v: { dOut: View; h: View; scalars: View; dh: View },
  s: ActivationShape,
): void {
  p.emit(activationGradSpec, [v.dOut, v.h, v.scalars, v.dh], list(s), [s.dropout]);
}
