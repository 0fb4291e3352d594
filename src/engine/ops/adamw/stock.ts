/** AdamW in TensorFlow.js's own operations. */
import type * as tf from '@tensorflow/tfjs';

/** @returns weights, m and v after the step, which counts from 1 */
export function adamw(
  { weights, gradients, m, v }: Record<'weights' | 'gradients' | 'm' | 'v', tf.Tensor>,
  step: number,
  o: {
    learningRate: number;
    beta1: number;
    beta2: number;
    epsilon: number;
    weightDecay: number;
    clip: number;
  },
): tf.Tensor[] {
  const g = gradients.mul(o.clip);
  const m1 = m.mul(o.beta1).add(g.mul(1 - o.beta1));
  const v1 = v.mul(o.beta2).add(g.square().mul(1 - o.beta2));
  const mean = m1.div(1 - o.beta1 ** step);
  const spread = v1
    .div(1 - o.beta2 ** step)
    .sqrt()
    .add(o.epsilon);
  const decayed = weights.mul(1 - o.learningRate * o.weightDecay);
  return [decayed.sub(mean.div(spread).mul(o.learningRate)), m1, v1];
}
