/**
 * How far the rows of matrices lie along those of others: P = A·Oᵀ for many pairs of them at once, and the gradient of
 * Σ|P| with respect to A, sign(P)·O. What keeps an adapter orthogonal to earlier ones. @see Wang et al. 2023, "O-LoRA"
 *
 * `table` has 8 numbers for each pair of A [rows, width] and O [others, width]: where A, O and the gradient of A start
 * in their views, rows, others, width, and how many products and elements of A all pairs before it have.
 */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** products[first + i·others + j] = Σ_c A[i, c]·O[j, c]. */
export const overlapSpec: OpSpec = {
  name: 'overlap',
  opcode: opcodes.overlap,
  bindings: [
    { name: 'a', access: 'read' },
    { name: 'o', access: 'read' },
    { name: 'table', access: 'read', dtype: 'u32' },
    { name: 'products', access: 'write' },
  ],
  ints: ['pairs', 'count'],
  floats: [],
};

/** da[i, c] += strength·Σ_j sign(products[first + i·others + j])·O[j, c], strength the first of `factors`. */
export const overlapGradSpec: OpSpec = {
  name: 'overlapGrad',
  opcode: opcodes.overlapGrad,
  bindings: [
    { name: 'products', access: 'read' },
    { name: 'o', access: 'read' },
    { name: 'table', access: 'read', dtype: 'u32' },
    { name: 'factors', access: 'read' },
    { name: 'da', access: 'update' },
  ],
  ints: ['pairs', 'elements'],
  floats: [],
};

export const overlapTableWidth = 8;

/** Where the matrices of a pair start, and their sizes. */
export interface OverlapPair {
  a: number;
  o: number;
  da: number;
  rows: number;
  others: number;
  width: number;
}

export interface OverlapTable {
  data: Uint32Array<ArrayBuffer>;
  pairs: number;
  /** Products, and elements of A, of all pairs. */
  count: number;
  elements: number;
}

export function overlapTable(list: readonly OverlapPair[]): OverlapTable {
  const data = new Uint32Array(list.length * overlapTableWidth);
  let [count, elements] = [0, 0];
  list.forEach(({ a, o, da, rows, others, width }, i) => {
    data.set([a, o, da, rows, others, width, count, elements], i * overlapTableWidth);
    count += rows * others;
    elements += rows * width;
  });
  return { data, pairs: list.length, count, elements };
}

export function overlap(
  p: ProgramBuilder,
  v: { a: View; o: View; table: View; products: View },
  { pairs, count }: OverlapTable,
): void {
  p.emit(overlapSpec, [v.a, v.o, v.table, v.products], [pairs, count]);
}

export function overlapGrad(
  p: ProgramBuilder,
  v: { products: View; o: View; table: View; factors: View; da: View },
  { pairs, elements }: OverlapTable,
): void {
  p.emit(overlapGradSpec, [v.products, v.o, v.table, v.factors, v.da], [pairs, elements]);
}
