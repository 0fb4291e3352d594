/** Rows of the embedding table for token ids, and the scatter-add that is its gradient. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** out[n, d] = drop(table[ids[n], d]); the dropout mask's index is n·dim + d. half is 1 where the table is f16. */
export const embeddingSpec: OpSpec = {
  name: 'embedding',
  opcode: opcodes.embedding,
  bindings: [
    { name: 'table', access: 'read', halves: true },
    { name: 'ids', access: 'read', dtype: 'u32' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'out', access: 'write' },
  ],
  ints: ['rows', 'dim', 'site', 'half'],
  floats: ['dropout'],
};

/**
 * dTable[ids[n], d] += drop-mask·dOut[n, d]. `order` is a stable sort of 0..rows by id, made on the host: the
 * first place of each run of equal ids adds the whole run, in order, so that the sum is the same every time.
 */
export const embeddingGradSpec: OpSpec = {
  name: 'embeddingGrad',
  opcode: opcodes.embeddingGrad,
  bindings: [
    { name: 'dOut', access: 'read' },
    { name: 'ids', access: 'read', dtype: 'u32' },
    { name: 'order', access: 'read', dtype: 'u32' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
    { name: 'dTable', access: 'update' },
  ],
  ints: ['rows', 'dim', 'site'],
  floats: ['dropout'],
};

export interface EmbeddingShape {
  rows: number;
  dim: number;
  dropout: number;
  site: number;
}

export function embedding(
  p: ProgramBuilder,
  v: { table: View; ids: View; scalars: View; out: View },
  s: EmbeddingShape,
): void {
  const half = v.table.buffer.dtype === 'f16' ? 1 : 0;
  p.emit(embeddingSpec, [v.table, v.ids, v.scalars, v.out], [s.rows, s.dim, s.site, half], [s.dropout]);
}

export function embeddingGrad(
  p: ProgramBuilder,
  v: { dOut: View; ids: View; order: View; scalars: View; dTable: View },
  s: EmbeddingShape,
): void {
  p.emit(
    embeddingGradSpec,
    [v.dOut, v.ids, v.order, v.scalars, v.dTable],
    [s.rows, s.dim, s.site],
    [s.dropout],
  );
}
