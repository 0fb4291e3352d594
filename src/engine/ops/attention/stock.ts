/** Attention in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';
import { dropout } from '../dropout/stock';

const lowest = -3.4028234663852886e38;

/**
 * @param q [B, T, heads·dKv] @param k, v [B, S, heads·dKv] @returns [B, T, heads·dKv]
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  o: {
    heads: number;
    bias?: tf.Tensor | undefined;
    mask?: tf.Tensor | undefined;
    causal: boolean;
    dropout: { rate: number; seed: number };
  },
): tf.Tensor {
  const [B, T, inner] = q.shape as [number, number, number];
  const S = k.shape[1]!;
  const split = (x: tf.Tensor): tf.Tensor =>
    x.reshape([B, x.shape[1]!, o.heads, inner / o.heads]).transpose([0, 2, 1, 3]);
  const scores = tf.matMul(split(q), split(k), false, true);
  const biased = o.bias ? scores.add(o.bias) : scores;
  const open = (o.mask ?? tf.ones([B, S])).reshape([B, 1, 1, S]).mul(notLater(T, S, o.causal));
  // Added, as in transformers: a score is then too small to change the sum, yet has a gradient in a row without keys.
  const masked = biased.add(tf.sub(1, open).mul(lowest));
  const probs = dropout(tf.softmax(masked), o.dropout.rate, o.dropout.seed);
  return tf.matMul(probs, split(v)).transpose([0, 2, 1, 3]).reshape([B, T, inner]);
}

/** [T, S], 1 where query t may see key s. */
function notLater(T: number, S: number, causal: boolean): tf.Tensor {
  const sees = Array.from({ length: T * S }, (_, i) => (causal && i % S > Math.floor(i / S) ? 0 : 1));
  return tf.tensor(sees, [T, S]);
}
