/** The bias of relative positions: one row of a small table for each bucket of distances. @see Raffel et al. 2020 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** bias[h, i] = table[buckets[i], h] for i in 0..TS. table is [numBuckets, H]. */
export const positionBiasSpec: OpSpec = {
  name: 'positionBias',
  opcode: opcodes.positionBias,
  bindings: [
    { name: 'table', access: 'read' },
    { name: 'buckets', access: 'read', dtype: 'u32' },
    { name: 'bias', access: 'write' },
  ],
  ints: ['H', 'TS'],
  floats: [],
};

/** dTable[u, h] += Σ_{i: buckets[i] = u} dBias[h, i], in order of i. */
export const positionBiasGradSpec: OpSpec = {
  name: 'positionBiasGrad',
  opcode: opcodes.positionBiasGrad,
  bindings: [
    { name: 'dBias', access: 'read' },
    { name: 'buckets', access: 'read', dtype: 'u32' },
    { name: 'dTable', access: 'update' },
  ],
  ints: ['H', 'TS', 'numBuckets'],
  floats: [],
};

export function positionBias(
  p: ProgramBuilder,
  v: { table: View; buckets: View; bias: View },
  H: number,
  TS: number,
): void {
  p.emit(positionBiasSpec, [v.table, v.buckets, v.bias], [H, TS]);
}

export function positionBiasGrad(
  p: ProgramBuilder,
  v: { dBias: View; buckets: View; dTable: View },
  s: { H: number; TS: number; numBuckets: number },
): void {
  p.emit(positionBiasGradSpec, [v.dBias, v.buckets, v.dTable], [s.H, s.TS, s.numBuckets]);
}
