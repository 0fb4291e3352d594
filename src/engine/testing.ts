/** Models small enough for tests, with weights from a seed. */
import { expect } from 'vitest';
import { draw, streamKey } from './random';
import { parseT5Config } from './t5/config';
import { T5Model } from './t5/model';
import { parameterShapes } from './t5/names';
import type { AdafactorSettings, AdamWSettings, NamedTensor, T5Config } from './types';

/** Sizes that no kernel's tile divides. */
export const microConfig = {
  model_type: 't5',
  vocab_size: 29,
  d_model: 12,
  d_kv: 5,
  d_ff: 17,
  num_layers: 1,
  num_decoder_layers: 2,
  num_heads: 3,
  dropout_rate: 0,
  feed_forward_proj: 'gated-gelu',
  tie_word_embeddings: false,
};

/** The stored tensors of a model, by seed. */
export function microTensors(config: T5Config, seed = 1): NamedTensor[] {
  return [...parameterShapes(config)].map(([name, shape], place) => {
    const key = streamKey(seed, place);
    const count = shape.reduce((product, size) => product * size, 1);
    const middle = name.includes('norm') ? 1 : 0;
    const data = Float32Array.from({ length: count }, (_, i) => middle + 0.7 * (draw(key, i) / 2 ** 31 - 1));
    return { name, shape, data };
  });
}

export async function* stream(tensors: Iterable<NamedTensor>): AsyncGenerator<NamedTensor> {
  for (const tensor of tensors) yield await Promise.resolve(tensor);
}

export function microModel(overrides: Record<string, unknown> = {}, seed = 1): Promise<T5Model> {
  const config = parseT5Config({ ...microConfig, ...overrides });
  return T5Model.load(config, stream(microTensors(config, seed)));
}

const common = {
  learningRate: 0.01,
  schedule: { name: 'linear', warmupSteps: 2 },
  clipNorm: 1,
  weightDecay: 0.1,
} as const;

export const adamw: AdamWSettings = { name: 'adamw', ...common, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
export const adafactor: AdafactorSettings = {
  name: 'adafactor',
  ...common,
  decayRate: -0.8,
  clipThreshold: 1,
};

/** The largest difference is at most `tolerance` of the largest expected value. */
export function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  expect(actual.length).toBe(expected.length);
  let largest = 0;
  let difference = 0;
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    const d = Math.abs(actual[i]! - expected[i]!);
    // NaN compares as no difference unless it is looked for.
    difference = Math.max(difference, Number.isNaN(d) ? Infinity : d);
  }
  expect(difference).toBeLessThanOrEqual(tolerance * largest + 1e-30);
}
