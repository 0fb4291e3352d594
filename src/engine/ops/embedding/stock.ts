/** Embedding in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';

/**
 * By a product with one-hot rows: the WASM backend has no gradient of `gather`.
 * @param table [vocab, dModel] @param ids int32 of any shape @returns [...ids.shape, dModel]
 */
export function embedding(table: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const [vocab, dModel] = table.shape as [number, number];
  const oneHot = ids
    .reshape([-1, 1])
    .equal(tf.range(0, vocab, 1, 'int32'))
    .toFloat();
  return tf.matMul(oneHot, table).reshape([...ids.shape, dModel]);
}
