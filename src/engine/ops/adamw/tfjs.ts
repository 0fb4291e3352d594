/** AdamW as a kernel of TensorFlow.js. */
import { variable, zerosLike, type Tensor, type Variable } from '@tensorflow/tfjs';
import { call, type Kernel } from '../../tfjs/kernel';
import { axpy, fill } from '../vector/vector';
import { adamw as emitAdamw } from './adamw';

type Settings = { beta1: number; beta2: number; epsilon: number; weightDecay: number };

const update: Kernel<Settings> = {
  name: 'LetheAdamw',
  build(k, settings) {
    const weights = k.update('weights');
    const [m, v] = [k.update('m'), k.update('v')];
    const clip = k.has('clip') ? k.input('clip') : k.p.scratch('clip', 2);
    if (!k.has('clip')) fill(k.p, clip, 2, 1);
    // The operation clears the gradients that it has used; a tensor of the caller's must stay.
    const gradients = k.p.scratch('gradients', weights.length);
    axpy(k.p, k.input('gradients'), gradients, weights.length, 1, 0);
    const views = { weights, gradients, m, v, scalars: k.numbers, clip };
    emitAdamw(k.p, views, { length: weights.length, ...settings });
  },
};

export const adamwKernels = [update];

/** First and second moments of a parameter's gradient. */
export interface AdamwState {
  m: Variable;
  v: Variable;
}

export interface AdamwOptions {
  learningRate: number;
  beta1?: number;
  beta2?: number;
  epsilon?: number;
  weightDecay?: number;
  /** From `clipFactor`: the gradient is multiplied by its second element. */
  clip?: Tensor;
}

export function adamwState(parameter: Tensor): AdamwState {
  const zeros = (): Variable => {
    const initial = zerosLike(parameter);
    const state = variable(initial, false);
    initial.dispose();
    return state;
  };
  return { m: zeros(), v: zeros() };
}

/**
 * One step of AdamW. On WebGPU the parameter and its moments change where they lie, or, where another tensor shares
 * that memory, in a copy.
 * @param gradient of the parameter's shape
 * @param step counts from 1
 * @throws RangeError when the shapes differ, or for a step that is no whole number from 1 up
 * @see Loshchilov & Hutter 2019; torch.optim.AdamW
 */
export function adamw(
  parameter: Variable,
  gradient: Tensor,
  state: AdamwState,
  step: number,
  options: AdamwOptions,
): void {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, clip } = options;
  if (!Number.isInteger(step) || step < 1)
    throw new RangeError(`adamw: step ${step} is no whole number from 1`);
  if (gradient.shape.join() !== parameter.shape.join())
    throw new RangeError(
      `adamw: the gradient is [${gradient.shape.join(', ')}], the parameter [${parameter.shape.join(', ')}]`,
    );
  const inputs = { weights: parameter, m: state.m, v: state.v, gradients: gradient, ...(clip && { clip }) };
  const numbers = { learningRate, biasCorrection1: 1 - beta1 ** step, biasCorrection2: 1 - beta2 ** step };
  const results = call(update, inputs, { beta1, beta2, epsilon, weightDecay }, numbers);
  [parameter, state.m, state.v].forEach((target, i) => {
    const result = results[i]!;
    target.assign(result);
    result.dispose();
  });
}
