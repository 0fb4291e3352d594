import { gather, reshape, tensor1d, transpose, type Tensor2D, type Tensor4D } from '../../tf';
import { differentiable } from '../differentiable';
import { scatterAdd } from '../embedding/embedding';

/**
 * T5's learned relative position bias: one number for each head and bucket of distances.
 * @param table [buckets, heads]
 * @param buckets the bucket of each (query, key), row-major [queryLength, keyLength]
 * @returns [1, heads, queryLength, keyLength]
 * @see Raffel et al. 2020, section 2.1
 */
export function positionBias(
  table: Tensor2D,
  buckets: Int32Array,
  queryLength: number,
  keyLength: number,
): Tensor4D {
  const [rows, heads] = table.shape;
  return differentiable(
    [table],
    () => {
      const flat = gather(table, tensor1d(buckets, 'int32'));
      return { value: reshape(transpose(flat), [1, heads, queryLength, keyLength]), saved: [] };
    },
    (dy) => {
      const flat: Tensor2D = transpose(reshape(dy, [heads, queryLength * keyLength]));
      return [scatterAdd(flat, buckets, rows)];
    },
  );
}
