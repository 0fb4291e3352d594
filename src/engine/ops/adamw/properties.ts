import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, seeds, updateProperty } from '../../tfjs/testing/property';
import * as stock from './stock';
import { adamw, adamwState } from './tfjs';

interface Case {
  shape: number[];
  seed: number;
  weightDecay: number;
  clip: number;
  /** How large gradients are; at 0 nothing asks for a change. */
  size: number;
}

const steps = 3;
const settings = { learningRate: 0.05, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 };
const gradientOf = ({ shape, seed, size }: Case, step: number) => noiseTensor(shape, seed + step, size);

export const adamwProperty = updateProperty<Case>({
  name: 'adamw',
  cases: fc.record({
    shape: fc.array(lengths, { minLength: 1, maxLength: 3 }),
    seed: seeds,
    weightDecay: fc.constantFrom(0, 0.1),
    clip: fc.constantFrom(1, 0.3),
    size: fc.constantFrom(1, 1e-3, 1e3),
  }),
  edges: [
    { shape: [7, 3], seed: 1, weightDecay: 0.1, clip: 1, size: 0 },
    { shape: [1], seed: 2, weightDecay: 0, clip: 0.3, size: 1e3 },
  ],
  ours(c) {
    const initial = noiseTensor(c.shape, c.seed);
    const weights = tf.variable(initial, false);
    const state = adamwState(weights);
    // A factor of 1 is left out, as it may be.
    const clip = c.clip === 1 ? {} : { clip: tf.tensor([7, c.clip]) };
    const gradients = Array.from({ length: steps }, (_, i) => gradientOf(c, i + 1));
    gradients.forEach((gradient, i) => {
      adamw(weights, gradient, state, i + 1, { ...settings, ...clip, weightDecay: c.weightDecay });
    });
    // The tensor that the weights began as shares their memory; it stays what it was, as do gradients.
    const results = [weights, state.m, state.v].map((variable) => variable.clone());
    tf.dispose([weights, state.m, state.v]);
    return [...results, initial.clone(), ...gradients];
  },
  stock(c) {
    const initial = noiseTensor(c.shape, c.seed);
    let [weights, m, v] = [initial, tf.zerosLike(initial), tf.zerosLike(initial)];
    for (let step = 1; step <= steps; step++)
      [weights, m, v] = stock.adamw({ weights, m, v, gradients: gradientOf(c, step) }, step, {
        ...settings,
        ...c,
      }) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return [weights, m, v, initial.clone(), ...[1, 2, 3].map((step) => gradientOf(c, step))];
  },
});
