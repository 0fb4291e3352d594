/**
 * Adafactor without momentum, relative steps or parameter scaling, as Hugging Face recommends it for T5, over all
 * tensors of an arena in six instructions. @see Shazeer & Stern 2018; transformers.Adafactor
 *
 * `table` has a row of 8 numbers for each tensor: offset, rows, cols, factored, rowAt, colAt, firstRow, firstCol.
 * A vector of d numbers has rows d, cols 1, factored 0. rowAt and colAt are where the tensor's row and column
 * moments lie in `state`; firstRow and firstCol count the rows (of all tensors) and columns (of factored ones)
 * before it. With g' = g·clip[1], β = scalars.decay = 1 − t^decayRate:
 *   rows:    state[rowAt + r] = β·state + (1 − β)·(mean_c g'[r, c]² + 1e-30)
 *   columns: state[colAt + c] = β·state + (1 − β)·(mean_r g'[r, c]² + 1e-30)            (factored only)
 *   means:   stats[i] = mean_r state[rowAt + r]                                          (factored only)
 *   u[r, c] = g'[r, c]·rsqrt(state[rowAt + r] / stats[i])·rsqrt(state[colAt + c]), or g'·rsqrt(state[rowAt + r])
 *   squares: partials[firstRow + r] = Σ_c u[r, c]²
 *   norms:   stats[n + i] = lr / max(1, sqrt(Σ_r partials / (rows·cols)) / clipThreshold)
 *   apply:   θ = θ·(1 − lr·weightDecay) − stats[n + i]·u
 */
import { opcodes } from '../../program/opcodes';
import type { BindingSpec, OpSpec, ProgramBuilder, View } from '../../program/program';

const read = (name: string, dtype?: 'u32'): BindingSpec => ({
  name,
  access: 'read',
  ...(dtype && { dtype }),
});
const update = (name: string): BindingSpec => ({ name, access: 'update' });
const gradients = [read('gradients'), read('clip'), read('table', 'u32')];

export const adafactorRowsSpec: OpSpec = {
  name: 'adafactorRows',
  opcode: opcodes.adafactorRows,
  bindings: [...gradients, read('scalars'), update('state')],
  ints: ['tensors', 'rows'],
  floats: [],
};

export const adafactorColumnsSpec: OpSpec = {
  name: 'adafactorColumns',
  opcode: opcodes.adafactorColumns,
  bindings: [...gradients, read('scalars'), update('state')],
  ints: ['tensors', 'columns'],
  floats: [],
};

export const adafactorMeansSpec: OpSpec = {
  name: 'adafactorMeans',
  opcode: opcodes.adafactorMeans,
  bindings: [read('table', 'u32'), read('state'), update('stats')],
  ints: ['tensors'],
  floats: [],
};

export const adafactorSquaresSpec: OpSpec = {
  name: 'adafactorSquares',
  opcode: opcodes.adafactorSquares,
  bindings: [...gradients, read('state'), read('stats'), { name: 'partials', access: 'write' }],
  ints: ['tensors', 'rows'],
  floats: [],
};

export const adafactorNormsSpec: OpSpec = {
  name: 'adafactorNorms',
  opcode: opcodes.adafactorNorms,
  bindings: [read('table', 'u32'), read('partials'), read('scalars'), update('stats')],
  ints: ['tensors'],
  floats: ['clipThreshold'],
};

export const adafactorApplySpec: OpSpec = {
  name: 'adafactorApply',
  opcode: opcodes.adafactorApply,
  bindings: [...gradients, read('state'), read('stats'), read('scalars'), update('weights')],
  ints: ['tensors', 'rows'],
  floats: ['weightDecay'],
};

export const tableWidth = 8;

export interface AdafactorTable {
  data: Uint32Array;
  tensors: number;
  /** Rows of all tensors, and columns of the factored ones. */
  rows: number;
  columns: number;
  /** Elements of the state. */
  state: number;
}

/** The table of an arena's tensors, given where each starts and its shape. */
export function adafactorTable(tensors: { offset: number; shape: number[] }[]): AdafactorTable {
  const data = new Uint32Array(tensors.length * tableWidth);
  let [rowsSoFar, columnsSoFar, stateSoFar] = [0, 0, 0];
  tensors.forEach(({ offset, shape }, i) => {
    const factored = shape.length > 1;
    const rows = shape[0] ?? 1;
    const cols = shape.slice(1).reduce((a, b) => a * b, 1);
    const colAt = stateSoFar + rows;
    data.set(
      [offset, rows, cols, factored ? 1 : 0, stateSoFar, colAt, rowsSoFar, columnsSoFar],
      i * tableWidth,
    );
    rowsSoFar += rows;
    columnsSoFar += factored ? cols : 0;
    stateSoFar = colAt + (factored ? cols : 0);
  });
  return { data, tensors: tensors.length, rows: rowsSoFar, columns: columnsSoFar, state: stateSoFar };
}

export function adafactor(
  p: ProgramBuilder,
  v: { weights: View; gradients: View; clip: View; table: View; state: View; scalars: View },
  { tensors, rows, columns }: AdafactorTable,
  s: { clipThreshold: number; weightDecay: number },
): void {
  const stats = p.scratch('stats', 2 * tensors);
  const partials = p.scratch('partials', rows);
  const g = [v.gradients, v.clip, v.table];
  p.emit(adafactorRowsSpec, [...g, v.scalars, v.state], [tensors, rows]);
  if (columns > 0) p.emit(adafactorColumnsSpec, [...g, v.scalars, v.state], [tensors, columns]);
  p.emit(adafactorMeansSpec, [v.table, v.state, stats], [tensors]);
  p.emit(adafactorSquaresSpec, [...g, v.state, stats, partials], [tensors, rows]);
  p.emit(adafactorNormsSpec, [v.table, partials, v.scalars, stats], [tensors], [s.clipThreshold]);
  p.emit(adafactorApplySpec, [...g, v.state, stats, v.scalars, v.weights], [tensors, rows], [s.weightDecay]);
}
