/** out[n·stride + first] = the first index of the largest of row n, for greedy generation on the device. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const argmaxSpec: OpSpec = {
  name: 'argmax',
  opcode: opcodes.argmax,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'out', access: 'update', dtype: 'u32' },
  ],
  ints: ['rows', 'dim', 'stride', 'first'],
  floats: [],
};

export function argmax(
  p: ProgramBuilder,
  x: View,
  out: View,
  s: { rows: number; dim: number; stride: number; first: number },
): void {
  p.emit(argmaxSpec, [x, out], [s.rows, s.dim, s.stride, s.first]);
}
