/** AdamW on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';
import { scalars as slots } from '../../program/scalars';

export const adamwPlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  const { type, zero } = w;
  return elementLaunch(w, length / w.width, {
    uses: [
      { name: 'weights', type },
      { name: 'gradients', type },
      { name: 'm', type },
      { name: 'v', type },
      { name: 'scalars' },
      { name: 'clip' },
    ],
    main: `let rate = scalars[${slots.learningRate}];
let g = gradients[i] * clip[1];
gradients[i] = ${zero};
let m1 = p.beta1 * m[i] + (1.0 - p.beta1) * g;
let v1 = p.beta2 * v[i] + (1.0 - p.beta2) * g * g;
m[i] = m1;
v[i] = v1;
let step = rate * (m1 / scalars[${slots.biasCorrection1}]) / (sqrt(v1 / scalars[${slots.biasCorrection2}]) + p.epsilon);
weights[i] = weights[i] * (1.0 - rate * p.weightDecay) - step;`,
  });
};
