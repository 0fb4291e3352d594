/** How much each weight matters to what has been learnt, and the pull back that it exerts. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** f[i] = b·f[i] + a·g[i]², a and b the first two of `factors`: a Fisher matrix's diagonal, gradient by gradient. */
export const addSquaresSpec: OpSpec = {
  name: 'addSquares',
  opcode: opcodes.addSquares,
  bindings: [
    { name: 'f', access: 'update' },
    { name: 'g', access: 'read' },
    { name: 'factors', access: 'read' },
  ],
  ints: ['length'],
  floats: [],
};

/**
 * g[i] += a·f[i]·(x[i] − centre[i]), a the first of `factors`; with `weighted` 0, f counts as 1. It is the gradient
 * of a/2·Σ f·(x − centre)². @see Kirkpatrick et al. 2017 (EWC); Li et al. 2018 (L2-SP, unweighted)
 */
export const penaltyGradSpec: OpSpec = {
  name: 'penaltyGrad',
  opcode: opcodes.penaltyGrad,
  bindings: [
    { name: 'g', access: 'update' },
    { name: 'x', access: 'read' },
    { name: 'centre', access: 'read' },
    { name: 'f', access: 'read' },
    { name: 'factors', access: 'read' },
  ],
  ints: ['length', 'weighted'],
  floats: [],
};

export function addSquares(p: ProgramBuilder, v: { f: View; g: View; factors: View }, length: number): void {
  p.emit(addSquaresSpec, [v.f, v.g, v.factors], [length]);
}

export function penaltyGrad(
  p: ProgramBuilder,
  v: { g: View; x: View; centre: View; importance?: View | undefined; factors: View },
  length: number,
): void {
  // Unweighted, the place of f is taken by a vector that is not looked at.
  const views = [v.g, v.x, v.centre, v.importance ?? v.centre, v.factors];
  p.emit(penaltyGradSpec, views, [length, v.importance ? 1 : 0]);
}
