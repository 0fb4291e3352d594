/**
 * C[m, n] = beta·C[m, n] + alpha·Σ_k A[m, k]·B[k, n], or with a residual R: C[m, n] = R[m, n] + drop(alpha·Σ…).
 * A and B are read through row and column strides, so NN, NT and TN are one operation; C and R share a row
 * stride. Offsets are in numbers from the start of the view. B may be f16: frozen weights are kept so.
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

export const matmulSpec: OpSpec = {
  name: 'matmul',
  opcode: opcodes.matmul,
  bindings: [
    { name: 'a', access: 'read' },
    { name: 'b', access: 'read', halves: true },
    { name: 'c', access: 'update' },
    /** Read only when `residual` is 1; otherwise any other readable view, `a` say. */
    { name: 'r', access: 'read' },
    { name: 'scalars', access: 'read', dtype: 'u32' },
  ],
  // beta is 0 or 1; with residual 1 beta is 0. site numbers the dropout mask; the mask's index is m·n0 + n with
  // n0 = N. Exactly one of rowA/colA is 1, and one of rowB/colB. factor is the slot of the scalars (a float) that alpha is
  // multiplied by, or 0 for none; half is 1 where B is f16.
  ints: [
    'M',
    'N',
    'K',
    'rowA',
    'colA',
    'rowB',
    'colB',
    'rowC',
    'offA',
    'offB',
    'offC',
    'beta',
    'residual',
    'site',
    'factor',
    'half',
  ],
  floats: ['alpha', 'dropout'],
};

/** A matrix inside a view: number (i, j) is at offset + i·row + j·col. */
export interface Matrix {
  view: View;
  row: number;
  col: number;
  offset?: number;
}

/** A row-major [rows, cols] matrix that fills its view from `offset`, rows `stride` apart. */
export const rowMajor = (view: View, stride: number, offset = 0): Matrix => ({
  view,
  row: stride,
  col: 1,
  offset,
});
/** The transpose of a matrix, without moving anything. */
export const transposed = (m: Matrix): Matrix => ({ ...m, row: m.col, col: m.row });

export interface MatmulOptions {
  M: number;
  N: number;
  K: number;
  alpha?: number;
  /** Slot of the scalars that holds a factor of alpha which the host changes between runs. */
  factor?: number;
  /** Add to what C holds. */
  accumulate?: boolean;
  /** C = residual + drop(A·B); same row stride and offset as C. */
  residual?: View;
  dropout?: { rate: number; site: number };
}

export function matmul(
  p: ProgramBuilder,
  scalars: View,
  a: Matrix,
  b: Matrix,
  c: Matrix,
  o: MatmulOptions,
): void {
  if (c.col !== 1) throw new RangeError('matmul: C must be row-major');
  p.emit(
    matmulSpec,
    [a.view, b.view, c.view, o.residual ?? a.view, scalars],
    [
      o.M,
      o.N,
      o.K,
      a.row,
      a.col,
      b.row,
      b.col,
      c.row,
      a.offset ?? 0,
      b.offset ?? 0,
      c.offset ?? 0,
      o.accumulate ? 1 : 0,
      o.residual ? 1 : 0,
      o.dropout?.site ?? 0,
      o.factor ?? 0,
      b.view.buffer.dtype === 'f16' ? 1 : 0,
    ],
    [o.alpha ?? 1, o.dropout?.rate ?? 0],
  );
}
