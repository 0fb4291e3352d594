/** Operations on flat vectors: sums, norms, fills. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** y[i] = b·y[i] + a·x[i]. */
export const axpySpec: OpSpec = {
  name: 'axpy',
  opcode: opcodes.axpy,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'y', access: 'update' },
  ],
  ints: ['length'],
  floats: ['a', 'b'],
};

/** x[i] = value. */
export const fillSpec: OpSpec = {
  name: 'fill',
  opcode: opcodes.fill,
  bindings: [{ name: 'x', access: 'write' }],
  ints: ['length'],
  floats: ['value'],
};

/** Length of the slices whose squares `sumSquares` adds up. */
export const sumSquaresSlice = 8192;

/** partials[first + j] = Σ x[i]² over slice j of `sumSquaresSlice` elements. */
export const sumSquaresSpec: OpSpec = {
  name: 'sumSquares',
  opcode: opcodes.sumSquares,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'partials', access: 'update' },
  ],
  ints: ['length', 'first'],
  floats: [],
};

/**
 * norm = sqrt(Σ partials); out[0] = norm, out[1] = min(1, maxNorm/(norm + 1e-6)), or 1 when maxNorm (from the
 * scalars) is 0. As torch.nn.utils.clip_grad_norm_.
 */
export const clipFactorSpec: OpSpec = {
  name: 'clipFactor',
  opcode: opcodes.clipFactor,
  bindings: [
    { name: 'partials', access: 'read' },
    { name: 'scalars', access: 'read' },
    { name: 'out', access: 'write' },
  ],
  ints: ['count'],
  floats: [],
};

export function axpy(p: ProgramBuilder, x: View, y: View, length: number, a: number, b: number): void {
  p.emit(axpySpec, [x, y], [length], [a, b]);
}

export function fill(p: ProgramBuilder, x: View, length: number, value: number): void {
  p.emit(fillSpec, [x], [length], [value]);
}

/** Clipping factor of all `gradients` together, without a read-back; `out` is 64 elements. */
export function clipFactor(p: ProgramBuilder, gradients: View[], scalars: View, out: View): void {
  const slices = gradients.map((g) => Math.ceil(g.length / sumSquaresSlice));
  const count = slices.reduce((a, b) => a + b, 0);
  const partials = p.scratch('partials', count);
  let first = 0;
  gradients.forEach((g, i) => {
    p.emit(sumSquaresSpec, [g, partials], [g.length, first]);
    first += slices[i] ?? 0;
  });
  p.emit(clipFactorSpec, [partials, scalars, out], [count]);
}
