/** Dropout, and dropout with a residual, as kernels of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import { call, type Kernel } from '../../tfjs/kernel';
import { axpy } from '../vector/vector';
import { dropout as emitDropout } from './dropout';

export interface DropoutOptions {
  /** Share of the elements that become 0; 0 by default. */
  rate?: number;
  /** Picks the mask: an integer in 0..2³²−1. The same seed drops the same places. */
  seed?: number;
}

/** @throws RangeError for a rate outside of [0, 1) or a seed that is no unsigned 32-bit integer */
export function checkDropout({ rate = 0, seed = 0 }: DropoutOptions): { rate: number; seed: number } {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`a dropout rate is ${rate}, not in [0, 1)`);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new RangeError(`a dropout seed is ${seed}, not an integer in 0..2³²−1`);
  return { rate, seed };
}

type Settings = { rate: number };

const drop: Kernel<Settings> = {
  name: 'LetheDropout',
  build(k, { rate }) {
    const x = k.input('x');
    const y = k.result('y', k.shape('x'));
    emitDropout(k.p, { x, scalars: k.numbers, y }, { length: x.length, site: 0, rate });
  },
  gradient: {
    inputs: [],
    of: ([dy], _saved, attributes, numbers) => ({ x: () => call(drop, { x: dy! }, attributes, numbers)[0]! }),
  },
};

const dropAdd: Kernel<Settings> = {
  name: 'LetheDropoutAdd',
  build(k, { rate }) {
    const x = k.input('x');
    const y = k.result('y', k.shape('x'));
    emitDropout(k.p, { x, scalars: k.numbers, y }, { length: x.length, site: 0, rate });
    axpy(k.p, k.input('residual'), y, y.length, 1, 1);
  },
  gradient: {
    inputs: [],
    of: ([dy], _saved, attributes, numbers) => ({
      x: () => call(drop, { x: dy! }, attributes, numbers)[0]!,
      residual: () => dy!.clone(),
    }),
  },
};

export const dropoutKernels = [drop, dropAdd];

/**
 * Dropout whose mask is a function of the seed and the element's place alone, so that the backward pass makes it
 * again instead of keeping it.
 * @param x of any shape
 * @returns of x's shape: x / (1 − rate) where the mask keeps an element, else 0
 * @throws RangeError for a rate outside of [0, 1)
 * @see Srivastava et al. 2014
 */
export function dropout(x: Tensor, options: DropoutOptions): Tensor {
  const { rate, seed } = checkDropout(options);
  return call(drop, { x }, { rate }, { dropoutSeed: seed })[0]!;
}

/**
 * What ends a sublayer of a transformer.
 * @param x of any shape
 * @param residual of x's shape
 * @returns of x's shape: residual + dropout(x)
 * @throws RangeError when the shapes differ, or for a rate outside of [0, 1)
 */
export function dropoutAdd(x: Tensor, residual: Tensor, options: DropoutOptions = {}): Tensor {
  const { rate, seed } = checkDropout(options);
  if (x.shape.join() !== residual.shape.join())
    throw new RangeError(
      `dropoutAdd: x is [${x.shape.join(', ')}], the residual [${residual.shape.join(', ')}]`,
    );
  return call(dropAdd, { x, residual }, { rate }, { dropoutSeed: seed })[0]!;
}
