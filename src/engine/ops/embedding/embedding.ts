import { cast, concat, equal, gather, tensor2d, tensor1d, zeros, type Rank, type Tensor2D } from '../../tf';
import { differentiable } from '../differentiable';
import { multiply } from '../matmul';

/**
 * Rows of a table.
 * @param table [vocabulary, d]
 * @param ids n row numbers, on the host: the gradient is planned from them
 * @returns [n, d]
 * @throws RangeError for an id outside the table
 */
export function embedding(table: Tensor2D, ids: Int32Array): Tensor2D {
  const vocabulary = table.shape[0];
  for (const id of ids)
    if (id < 0 || id >= vocabulary)
      throw new RangeError(`embedding: id ${id} is outside the table of ${vocabulary} rows`);
  return differentiable(
    [table],
    () => ({ value: gather(table, tensor1d(ids, 'int32')), saved: [] }),
    (dy) => [scatterAdd(dy, ids, vocabulary)],
  );
}

/**
 * Sums rows by id, in the same order every time (stock UnsortedSegmentSum adds floats atomically on WebGPU
 * and is missing on WASM): a product with the 0/1 matrix that says which row belongs to which sum.
 * @param rows [n, d]
 * @param ids the sum that each row belongs to
 * @returns [vocabulary, d], zero where no row belongs
 */
export function scatterAdd(rows: Tensor2D, ids: Int32Array, vocabulary: number): Tensor2D {
  const n = ids.length;
  if (vocabulary <= n) {
    const all = Int32Array.from({ length: vocabulary }, (_, id) => id);
    return multiply(membership(all, ids), rows);
  }
  // A batch holds few of a vocabulary's ids: sum those, then spread the sums over the table. There are as many
  // sums as rows, whatever the batch holds, so that shapes do not change from step to step.
  const present = new Int32Array(n).fill(-1);
  const place = new Int32Array(vocabulary).fill(n);
  let found = 0;
  for (const id of ids) {
    if (place[id] !== n) continue;
    place[id] = found;
    present[found++] = id;
  }
  const sums = multiply(membership(present, ids), rows);
  const withZero = concat([sums, zeros<Rank.R2>([1, rows.shape[1]])], 0);
  return gather(withZero, tensor1d(place, 'int32'));
}

/** [sums, n]: 1 where the row's id is the sum's. */
function membership(sums: Int32Array, ids: Int32Array): Tensor2D {
  const same = equal(tensor2d(sums, [sums.length, 1], 'int32'), tensor2d(ids, [1, ids.length], 'int32'));
  return cast(same as Tensor2D, 'float32');
}
