import { linear } from '../ops/linear/linear';
import { multiply } from '../ops/matmul';
import type { DropoutSite } from '../ops/dropout/mask';
import type { Parameters } from '../parameters';
import { getBackend, keep, matMul, mul, scalar, transpose, type Tensor, type Tensor2D } from '../tf';
import type { T5Config } from '../types';
import type { Stack } from './names';

/** Where T5 drops values, in a block or around the blocks. */
export type DropoutPlace =
  | 'embedding'
  | 'selfProbabilities'
  | 'selfOutput'
  | 'crossProbabilities'
  | 'crossOutput'
  | 'feedForwardInner'
  | 'feedForwardOutput'
  | 'final';

const PLACES: readonly DropoutPlace[] = [
  'embedding',
  'selfProbabilities',
  'selfOutput',
  'crossProbabilities',
  'crossOutput',
  'feedForwardInner',
  'feedForwardOutput',
  'final',
];

/** One forward pass through a model: its weights, how they are applied, and what is dropped. */
export interface Pass {
  readonly config: T5Config;
  weight(name: string): Tensor;
  /** `scale · x · weightᵀ`; x is [n, in], the weight [out, in]. */
  linear(x: Tensor2D, name: string, scale?: number): Tensor2D;
  /** Null where nothing is dropped. */
  dropout(stack: Stack, block: number, place: DropoutPlace): DropoutSite | null;
}

export interface DropoutSettings {
  rate: number;
  seed: number;
  /** Training steps done before this one. */
  step: number;
}

/** A pass to differentiate, with dropout. */
export function trainingPass(
  config: T5Config,
  parameters: Parameters,
  { rate, seed, step }: DropoutSettings,
): Pass {
  return {
    config,
    weight: (name) => parameters.get(name),
    linear: (x, name, scale) => linear(x, parameters.get(name) as Tensor as Tensor2D, scale),
    dropout: (stack, block, place) =>
      rate === 0
        ? null
        : {
            rate,
            seed,
            step,
            site: (block * 2 + (stack === 'encoder' ? 0 : 1)) * PLACES.length + PLACES.indexOf(place),
          },
  };
}

/**
 * Passes over weights that stay as they are, without dropout: scoring and generation. On WASM the transposed
 * weights are kept from call to call, which also lets the backend pack each of them only once; dispose of the
 * passes when done, and before the weights change.
 */
export class FrozenPass implements Pass {
  readonly config: T5Config;
  readonly #parameters: Parameters;
  readonly #transposed = new Map<string, Tensor2D>();

  constructor(config: T5Config, parameters: Parameters) {
    this.config = config;
    this.#parameters = parameters;
  }

  weight(name: string): Tensor {
    return this.#parameters.get(name);
  }

  linear(x: Tensor2D, name: string, scale = 1): Tensor2D {
    const scaled: Tensor2D = scale === 1 ? x : mul(x, scalar(scale));
    const weight = this.#parameters.get(name) as Tensor as Tensor2D;
    if (getBackend() === 'webgpu') return multiply(scaled, weight, false, true);
    let transposed = this.#transposed.get(name);
    if (transposed === undefined) {
      transposed = keep(transpose(weight));
      this.#transposed.set(name, transposed);
    }
    return matMul(scaled, transposed);
  }

  dropout(): null {
    return null;
  }

  dispose(): void {
    for (const weight of this.#transposed.values()) weight.dispose();
    this.#transposed.clear();
  }
}
