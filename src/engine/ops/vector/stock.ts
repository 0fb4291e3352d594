/** Clipping in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';

/** @returns [2]: the norm of all gradients, and what to multiply them by */
export function clipFactor(gradients: readonly tf.Tensor[], maxNorm: number): tf.Tensor {
  const norm = tf.addN(gradients.map((gradient) => gradient.square().sum())).sqrt();
  const factor = maxNorm > 0 ? tf.minimum(1, tf.div(maxNorm, norm.add(1e-6))) : tf.scalar(1);
  return tf.stack([norm, factor]);
}
