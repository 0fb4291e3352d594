/** RMS layer norm as a kernel of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import { call, type Kernel } from '../../tfjs/kernel';
import { rmsNorm as emitNorm, rmsNormGradSpec, rmsNormWeightGradSpec } from './rmsNorm';

type Settings = { epsilon: number };

const inputGrad: Kernel<Record<string, never>> = {
  name: 'LetheRmsNormInputGrad',
  build(k) {
    const [rows, dim] = k.matrix('x');
    const views = ['dy', 'x', 'weight', 'rstd'].map((name) => k.input(name));
    k.p.emit(rmsNormGradSpec, [...views, k.result('dx', k.shape('x'))], [rows, dim, 0]);
  },
};

const weightGrad: Kernel<Record<string, never>> = {
  name: 'LetheRmsNormWeightGrad',
  build(k) {
    const [rows, dim] = k.matrix('x');
    const views = ['dy', 'x', 'rstd'].map((name) => k.input(name));
    k.p.emit(rmsNormWeightGradSpec, [...views, k.sum('dw', [dim])], [rows, dim]);
  },
};

const norm: Kernel<Settings> = {
  name: 'LetheRmsNorm',
  build(k, { epsilon }) {
    const [rows, dim] = k.matrix('x');
    const views = {
      x: k.input('x'),
      w: k.input('weight'),
      y: k.result('y', k.shape('x')),
      rstd: k.result('rstd', [rows]),
    };
    emitNorm(k.p, views, { rows, dim, epsilon });
  },
  gradient: {
    inputs: ['x', 'weight'],
    results: [false, true],
    of([dy], [x, weight, rstd]) {
      const shared = { dy: dy!, x: x!, rstd: rstd! };
      return {
        x: () => call(inputGrad, { ...shared, weight: weight! }, {})[0]!,
        weight: () => call(weightGrad, shared, {})[0]!,
      };
    },
  },
};

export const rmsNormKernels = [norm, inputGrad, weightGrad];

/**
 * RMS layer norm as T5 has it: no mean, no bias, statistics in float32.
 * @param x [..., dModel]
 * @param weight [dModel]
 * @param epsilon added to the mean square
 * @returns [..., dModel], `weight * x / sqrt(mean(x²) + epsilon)`
 * @throws RangeError when the last axis of x is not dModel
 * @see Zhang & Sennrich 2019
 */
export function rmsNorm(x: Tensor, weight: Tensor, epsilon = 1e-6): Tensor {
  if (x.shape.at(-1) !== weight.size)
    throw new RangeError(`rmsNorm: x is [${x.shape.join(', ')}], and weight has ${weight.size} elements`);
  const [y, rstd] = call(norm, { x, weight }, { epsilon });
  rstd!.dispose();
  return y!;
}
