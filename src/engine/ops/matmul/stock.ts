/** Matrix multiplication in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';
import { dropout } from '../dropout/stock';

/** @param a [..., K] or, transposed, [K, M] @param b [K, N] or, transposed, [N, K] @returns [..., N] */
export function matmul(
  a: tf.Tensor,
  b: tf.Tensor,
  o: {
    transposeA: boolean;
    transposeB: boolean;
    alpha: number;
    residual?: tf.Tensor;
    dropout?: { rate: number; seed: number };
  },
): tf.Tensor {
  const rows = a.reshape([-1, a.shape.at(-1)!]);
  const product = tf.matMul(rows, b, o.transposeA, o.transposeB).mul(o.alpha);
  const columns = product.shape[1]!;
  const c = product.reshape([...(o.transposeA ? [rows.shape[1]!] : a.shape.slice(0, -1)), columns]);
  const kept = o.dropout ? dropout(c, o.dropout.rate, o.dropout.seed) : c;
  return o.residual ? kept.add(o.residual) : kept;
}
