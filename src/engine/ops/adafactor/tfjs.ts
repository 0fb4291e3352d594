/** Adafactor as a kernel of TensorFlow.js. */
import { variable, zeros, type Tensor, type Variable } from '@tensorflow/tfjs';
import { call, type Kernel } from '../../tfjs/kernel';
import { fill } from '../vector/vector';
import { adafactor as emitAdafactor, adafactorTable, type AdafactorTable } from './adafactor';

type Settings = { clipThreshold: number; weightDecay: number };

const tableOf = (shape: readonly number[]): AdafactorTable =>
  adafactorTable([{ offset: 0, shape: [...shape] }]);

const update: Kernel<Settings> = {
  name: 'LetheAdafactor',
  build(k, settings) {
    const table = tableOf(k.shape('weights'));
    const clip = k.has('clip') ? k.input('clip') : k.p.scratch('clip', 2);
    if (!k.has('clip')) fill(k.p, clip, 2, 1);
    const views = {
      weights: k.update('weights'),
      state: k.update('state'),
      gradients: k.input('gradients'),
      clip,
      table: k.constant('table', table.data),
      scalars: k.numbers,
    };
    emitAdafactor(k.p, views, table, settings);
  },
};

export const adafactorKernels = [update];

export interface AdafactorOptions {
  learningRate: number;
  /** The second moments decay by 1 − step^decayRate. */
  decayRate?: number;
  /** Largest root mean square of an update before the learning rate. */
  clipThreshold?: number;
  weightDecay?: number;
  /** From `clipFactor`: the gradient is multiplied by its second element. */
  clip?: Tensor;
}

/** The factored second moments of a parameter: a number for each row and column, as [rows + columns]. */
export function adafactorState(parameter: Tensor): Variable {
  const initial = zeros([tableOf(parameter.shape).state]);
  const state = variable(initial, false);
  initial.dispose();
  return state;
}

/**
 * One step of Adafactor without momentum, relative steps or parameter scaling. A parameter with more than one axis is
 * a matrix of its first axis by the rest. Memory is as in `adamw`.
 * @param gradient of the parameter's shape
 * @param state from `adafactorState`
 * @param step counts from 1
 * @throws RangeError when the shapes differ, or for a step that is no whole number from 1 up
 * @see Shazeer & Stern 2018; transformers.Adafactor
 */
export function adafactor(
  parameter: Variable,
  gradient: Tensor,
  state: Variable,
  step: number,
  options: AdafactorOptions,
): void {
  const { learningRate, decayRate = -0.8, clipThreshold = 1, weightDecay = 0, clip } = options;
  if (!Number.isInteger(step) || step < 1)
    throw new RangeError(`adafactor: step ${step} is no whole number from 1`);
  const { state: length } = tableOf(parameter.shape);
  if (gradient.shape.join() !== parameter.shape.join() || state.size !== length)
    throw new RangeError(
      `adafactor: the parameter is [${parameter.shape.join(', ')}], the gradient [${gradient.shape.join(', ')}], ` +
        `the state has ${state.size} numbers in place of ${length}`,
    );
  const inputs = { weights: parameter, state, gradients: gradient, ...(clip && { clip }) };
  const numbers = { learningRate, decay: 1 - step ** decayRate };
  const results = call(update, inputs, { clipThreshold, weightDecay }, numbers);
  [parameter, state].forEach((target, i) => {
    const result = results[i]!;
    target.assign(result);
    result.dispose();
  });
}
