import { cast, matMul, oneHot, reshape, tensor1d, transpose, type Tensor2D, type Tensor4D } from '../../tf';

/** The gather as a product with one-hot rows, differentiated by TensorFlow.js. */
export function positionBiasReference(
  table: Tensor2D,
  buckets: Int32Array,
  queryLength: number,
  keyLength: number,
): Tensor4D {
  const chosen = cast(oneHot(tensor1d(buckets, 'int32'), table.shape[0]), 'float32') as Tensor2D;
  const byPlace = reshape(matMul(chosen, table), [queryLength, keyLength, table.shape[1]]);
  return reshape(transpose(byPlace, [2, 0, 1]), [1, table.shape[1], queryLength, keyLength]);
}
