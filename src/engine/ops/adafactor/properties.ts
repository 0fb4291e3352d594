import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, seeds, updateProperty } from '../../tfjs/testing/property';
import * as stock from './stock';
import { adafactor, adafactorState } from './tfjs';

interface Case {
  shape: number[];
  seed: number;
  weightDecay: number;
  clip: number;
  /** How large gradients are; at 0 nothing asks for a change. */
  size: number;
}

const steps = 3;
const settings = { learningRate: 0.05, decayRate: -0.8, clipThreshold: 0.7 };
const gradientOf = ({ shape, seed, size }: Case, step: number) => noiseTensor(shape, seed + step, size);

export const adafactorProperty = updateProperty<Case>({
  name: 'adafactor',
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
    const weights = tf.variable(noiseTensor(c.shape, c.seed), false);
    const state = adafactorState(weights);
    const clip = c.clip === 1 ? {} : { clip: tf.tensor([7, c.clip]) };
    for (let step = 1; step <= steps; step++)
      adafactor(weights, gradientOf(c, step), state, step, {
        ...settings,
        ...clip,
        weightDecay: c.weightDecay,
      });
    const results = [weights, state].map((variable) => variable.clone());
    tf.dispose([weights, state]);
    return results;
  },
  stock(c) {
    const initial = noiseTensor(c.shape, c.seed);
    const length = initial.shape[0] + (initial.rank > 1 ? initial.size / initial.shape[0] : 0);
    let [weights, state] = [initial, tf.zeros([length])] as [tf.Tensor, tf.Tensor];
    for (let step = 1; step <= steps; step++)
      [weights, state] = stock.adafactor({ weights, state, gradients: gradientOf(c, step) }, step, {
        ...settings,
        ...c,
      }) as [tf.Tensor, tf.Tensor];
    return [weights, state];
  },
});
