import { at, type ReferenceKernel } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';

export const adamw: ReferenceKernel = ([weights, gradients, m, v, scalars, clip], [length], floats) => {
  const [beta1, beta2, epsilon, weightDecay] = floats;
  const rate = at(scalars, slots.learningRate);
  const c1 = at(scalars, slots.biasCorrection1);
  const c2 = at(scalars, slots.biasCorrection2);
  for (let i = 0; i < length; i++) {
    const g = at(gradients, i) * at(clip, 1);
    gradients[i] = 0;
    const m1 = (m[i] = beta1 * at(m, i) + (1 - beta1) * g);
    const v1 = (v[i] = beta2 * at(v, i) + (1 - beta2) * g * g);
    const decayed = at(weights, i) * (1 - rate * weightDecay);
    weights[i] = decayed - (rate * (m1 / c1)) / (Math.sqrt(v1 / c2) + epsilon);
  }
};
