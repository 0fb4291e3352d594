/** The cross-entropy of tied logits in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';
import { embedding } from '../embedding/stock';

/**
 * @param hidden [..., dModel] @param table [vocab, dModel] @param labels int32, −100 for a row without one
 * @returns of the labels' shape, in nats
 */
export function tiedCrossEntropy(
  hidden: tf.Tensor,
  table: tf.Tensor,
  labels: tf.Tensor,
  alpha: number,
): tf.Tensor {
  const [vocab, dModel] = table.shape as [number, number];
  const logits = tf.matMul(hidden.reshape([-1, dModel]), table, false, true).mul(alpha);
  const flat = labels.flatten();
  const counts = flat.greaterEqual(0).toFloat();
  const chosen = embedding(tf.eye(vocab), flat.mul(counts.toInt()));
  const loss = logits.logSumExp(-1).sub(logits.mul(chosen).sum(-1));
  return loss.mul(counts).reshape(labels.shape);
}
