/** What the tests of the operations share: seeded values, closeness, gradients against a reference. */
// The whole package registers the gradients of stock kernels, which references are differentiated by.
import '@tensorflow/tfjs';
import { grads } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { draw, streamKey } from '../random';
import { memory, mul, sum, tensor, tidy, type Scalar, type Tensor } from '../tf';

/** Values in −scale..scale, the same for the same seed. */
export function randomTensor(shape: number[], seed: number, scale = 1): Tensor {
  const key = streamKey(seed, shape.length);
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, (_, i) => scale * (draw(key, i) / 2 ** 31 - 1));
  return tensor(values, shape);
}

/** Row numbers below `below`. */
export function randomIds(count: number, below: number, seed: number): Int32Array {
  const key = streamKey(seed, below);
  return Int32Array.from({ length: count }, (_, i) => draw(key, i) % below);
}

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

type Operation = (...inputs: Tensor[]) => Tensor;

/**
 * Holds an operation to its reference: values, and the gradient by every input of a weighted sum of them.
 * Also that neither leaves a tensor behind.
 */
export async function expectSameOperation(
  operation: Operation,
  reference: Operation,
  inputs: Tensor[],
  tolerance = 1e-5,
): Promise<void> {
  const run = (f: Operation): Tensor[] =>
    tidy(() => {
      const value = f(...inputs);
      const weights = randomTensor(value.shape, 99);
      const weighted = (...xs: Tensor[]): Scalar => sum(mul(f(...xs), weights));
      return [value, ...grads(weighted)(inputs)];
    });
  // Constants that the operation keeps are made by its first run.
  run(operation).forEach((t) => t.dispose());
  const before = memory().numTensors;
  const actual = run(operation);
  const expected = run(reference);
  for (let i = 0; i < expected.length; i++) {
    expect(actual[i]!.shape).toEqual(expected[i]!.shape);
    expectClose(await actual[i]!.data(), await expected[i]!.data(), tolerance);
  }
  [...actual, ...expected].forEach((t) => t.dispose());
  expect(memory().numTensors).toBe(before);
}

/**
 * Checks a gradient against central differences of the values, on a few elements of every input.
 * @param operation must be smooth near the inputs
 */
export async function expectTrueGradient(
  operation: Operation,
  inputs: Tensor[],
  tolerance = 2e-2,
): Promise<void> {
  const weighted = (...xs: Tensor[]): Scalar =>
    tidy(() => {
      const value = operation(...xs);
      return sum(mul(value, randomTensor(value.shape, 99)));
    });
  const gradients = grads(weighted)(inputs);
  const step = 1e-2;
  for (let i = 0; i < inputs.length; i++) {
    const gradient = await gradients[i]!.data();
    const values = (await inputs[i]!.data()).slice();
    const largest = Array.from(gradient).reduce((most, g) => Math.max(most, Math.abs(g)), 0);
    for (let place = 0; place < values.length; place += Math.max(1, Math.ceil(values.length / 5))) {
      const at = async (moved: number): Promise<number> => {
        const changed = values.slice();
        changed[place]! += moved;
        const xs = inputs.map((x, j) => (j === i ? tensor(changed, x.shape) : x));
        const result = weighted(...xs);
        const value = (await result.data())[0]!;
        result.dispose();
        xs[i]!.dispose();
        return value;
      };
      const slope = ((await at(step)) - (await at(-step))) / (2 * step);
      expect(Math.abs(slope - gradient[place]!)).toBeLessThanOrEqual(tolerance * largest + 1e-4);
    }
  }
  gradients.forEach((g) => g.dispose());
}
