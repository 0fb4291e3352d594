/** Adafactor in TensorFlow.js's own operations. */
import * as tf from '@tensorflow/tfjs';

const tiny = 1e-30;

/**
 * @param state row moments, then (for more than one axis) column moments
 * @returns weights and state after the step, which counts from 1
 */
export function adafactor(
  { weights, gradients, state }: Record<'weights' | 'gradients' | 'state', tf.Tensor>,
  step: number,
  o: { learningRate: number; decayRate: number; clipThreshold: number; weightDecay: number; clip: number },
): tf.Tensor[] {
  const decay = 1 - step ** o.decayRate;
  const rows = weights.shape[0];
  const columns = weights.size / rows;
  const factored = weights.rank > 1;
  const g = gradients.mul(o.clip).reshape([rows, columns]);
  const mixed = (old: tf.Tensor, mean: tf.Tensor): tf.Tensor =>
    old
      .flatten()
      .mul(decay)
      .add(mean.add(tiny).mul(1 - decay));
  const row = mixed(state.slice([0], [rows]), g.square().mean(1));
  const column = factored ? mixed(state.slice([rows], [columns]), g.square().mean(0)) : tf.ones([columns]);
  const ratio = factored ? row.div(row.mean()) : row;
  const u = g.mul(ratio.rsqrt().reshape([rows, 1])).mul(column.rsqrt().reshape([1, columns]));
  const rms = u.square().mean().sqrt();
  const rate = tf.div(o.learningRate, tf.maximum(1, rms.div(o.clipThreshold)));
  const decayed = weights.mul(1 - o.learningRate * o.weightDecay);
  const moved = decayed.sub(u.mul(rate).reshape(weights.shape));
  return [moved, factored ? tf.concat([row, column]) : row];
}
