import type { Program, View } from '../program/program';

/**
 * A program as the module reads it: for each instruction its opcode, its length in words, then the byte
 * addresses of its views, its ints and its floats.
 */
export function encodeProgram(program: Program, addressOf: (view: View) => number): Int32Array {
  const words: number[] = [];
  for (const { op, views, ints, floats } of program.instructions) {
    words.push(op.opcode, 2 + views.length + ints.length + floats.length);
    for (const view of views) words.push(addressOf(view));
    words.push(...ints);
    words.push(...new Int32Array(new Float32Array(floats).buffer));
  }
  return Int32Array.from(words);
}
