/**
 * y[i] = x[i] / (1 − rate) where the mask keeps element i, else 0. The mask is a pure function of the step's
 * seed, the site and the element's index, so the backward pass makes it again instead of keeping it.
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const dropoutSpec: OpSpec = {
  name: 'dropout',
  opcode: opcodes.dropout,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'y', access: 'write' },
  ],
  ints: ['length', 'site'],
  floats: ['dropout'],
};

export function dropout(
  p: ProgramBuilder,
  v: { x: View; scalars: View; y: View },
  s: { length: number; site: number; rate: number },
): void {
  p.emit(dropoutSpec, [v.x, v.scalars, v.y], [s.length, s.site], [s.rate]);
}

/** A bijective mixer of 32 bits that needs no per-lane shifts, so that it vectorises. @see Wellons 2018, lowbias32 */
export function mix(x: number): number {
  let y = x ^ (x >>> 16);
  y = Math.imul(y, 0x7feb352d);
  y ^= y >>> 15;
  y = Math.imul(y, 0x846ca68b);
  return (y ^ (y >>> 16)) >>> 0;
}

/**
 * Whether the mask keeps an element: a 32-bit hash at or above `dropThreshold(rate)`.
 * hash = mix(mix(mix(seed) + site) + index), all unsigned 32-bit with wrap-around.
 */
export function keeps(seed: number, site: number, index: number, threshold: number): boolean {
  return mix((mix((mix(seed) + site) >>> 0) + index) >>> 0) >= threshold;
}

/** rate·2³², rounded down, at most 2³² − 1. Every device computes it from the float32 rate in the same way. */
export function dropThreshold(rate: number): number {
  return Math.min(Math.floor(Math.fround(rate) * 4294967296), 4294967295);
}
