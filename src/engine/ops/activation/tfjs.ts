/** The feed-forward activation as a kernel of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import { call, type Kernel, type KernelBuilder } from '../../tfjs/kernel';
import { checkDropout, type DropoutOptions } from '../dropout/tfjs';
import { activation as emitActivation, activationGrad, type ActivationShape } from './activation';

type Settings = { gated: boolean; rate: number };

function shapeOf(k: KernelBuilder, { gated, rate }: Settings): ActivationShape {
  const [rows, columns] = k.matrix('h');
  return { rows, dim: gated ? columns / 2 : columns, gated, dropout: rate, site: 0 };
}

const grad: Kernel<Settings> = {
  name: 'LetheActivationGrad',
  build(k, settings) {
    const views = {
      dOut: k.input('dy'),
      h: k.input('h'),
      scalars: k.numbers,
      dh: k.result('dh', k.shape('h')),
    };
    activationGrad(k.p, views, shapeOf(k, settings));
  },
};

const forward: Kernel<Settings> = {
  name: 'LetheActivation',
  build(k, settings) {
    const shape = shapeOf(k, settings);
    const out = k.result('out', [...k.shape('h').slice(0, -1), shape.dim]);
    emitActivation(k.p, { h: k.input('h'), scalars: k.numbers, out }, shape);
  },
  gradient: {
    inputs: ['h'],
    of: ([dy], [h], attributes, numbers) => ({
      h: () => call(grad, { dy: dy!, h: h! }, attributes, numbers)[0]!,
    }),
  },
};

export const activationKernels = [forward, grad];

/**
 * The activation of T5's feed-forward layer, with the dropout after it.
 * @param h gated: [..., 2·dFf], the two halves side by side; else [..., dFf]
 * @param gated gelu_new of the first half times the second (T5 v1.1), else relu (T5 v1.0)
 * @returns [..., dFf]
 * @throws RangeError when a gated h has an odd last axis, or for a rate outside of [0, 1)
 * @see Shazeer 2020, "GLU variants improve transformer"; Hendrycks & Gimpel 2016
 */
export function feedForwardActivation(h: Tensor, gated: boolean, options: DropoutOptions = {}): Tensor {
  const { rate, seed } = checkDropout(options);
  const columns = h.shape.at(-1) ?? 1;
  if (gated && columns % 2 !== 0)
    throw new RangeError(`feedForwardActivation: the last axis is ${columns}, which has no two halves`);
  return call(forward, { h }, { gated, rate }, { dropoutSeed: seed })[0]!;
}
