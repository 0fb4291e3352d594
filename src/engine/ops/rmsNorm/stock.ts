/** RMS layer norm in TensorFlow.js's own operations. */
import type * as tf from '@tensorflow/tfjs';

/** @param x [..., dModel] @param weight [dModel] @returns [..., dModel] */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor {
  const meanSquare = x.square().mean(-1, true);
  return x.mul(meanSquare.add(epsilon).rsqrt()).mul(weight);
}
