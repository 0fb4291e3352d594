/** Sums of two vectors, and multiples of one, whose factors are on the device: no program is made for a factor. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** y[i] = a·x[i] + b·y[i], a and b the first two of `factors`; a·x[i] where b is 0; y as it is where a is 0 and b 1. */
export const combineSpec: OpSpec = {
  name: 'combine',
  opcode: opcodes.combine,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'y', access: 'update' },
    { name: 'factors', access: 'read' },
  ],
  ints: ['length'],
  floats: [],
};

/** y[i] = a·y[i], a the first of `factors`. */
export const rescaleSpec: OpSpec = {
  name: 'rescale',
  opcode: opcodes.rescale,
  bindings: [
    { name: 'y', access: 'update' },
    { name: 'factors', access: 'read' },
  ],
  ints: ['length'],
  floats: [],
};

export function combine(p: ProgramBuilder, v: { x: View; y: View; factors: View }, length: number): void {
  p.emit(combineSpec, [v.x, v.y, v.factors], [length]);
}

export function rescale(p: ProgramBuilder, v: { y: View; factors: View }, length: number): void {
  p.emit(rescaleSpec, [v.y, v.factors], [length]);
}
