import { cast, matMul, oneHot, tensor1d, type Tensor2D } from '../../tf';

/** The gather as a product with one-hot rows, differentiated by TensorFlow.js. */
export function embeddingReference(table: Tensor2D, ids: Int32Array): Tensor2D {
  return matMul(cast(oneHot(tensor1d(ids, 'int32'), table.shape[0]), 'float32') as Tensor2D, table);
}
