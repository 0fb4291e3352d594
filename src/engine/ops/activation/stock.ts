/** The feed-forward activation in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';

/** @param x of any shape @returns ½x(1 + tanh(√(2/π)(x + 0.044715x³))) */
function geluNew(x: tf.Tensor): tf.Tensor {
  const inner = x.add(x.mul(x).mul(x).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
  return x.mul(0.5).mul(inner.tanh().add(1));
}

/** @param h gated: [..., 2·dFf]; else [..., dFf] @returns [..., dFf] */
export function feedForwardActivation(h: tf.Tensor, gated: boolean): tf.Tensor {
  if (!gated) return h.relu();
  const [left, right] = tf.split(h, 2, -1) as [tf.Tensor, tf.Tensor];
  return geluNew(left).mul(right);
}
