/** Holds an operation's kernels on TensorFlow.js to its reference of stock operations, on the active backend. */
import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { expect } from 'vitest';
import { noise } from '../../webgpu/testSupport';

export interface Property<C> {
  name: string;
  cases: fc.Arbitrary<C>;
  /** Cases at the edge, which are always tried. */
  edges: C[];
  /** Tensors that the value and, where it has gradients, these depend on. */
  operands(c: C): tf.Tensor[];
  ours(operands: tf.Tensor[], c: C): tf.Tensor;
  stock(operands: tf.Tensor[], c: C): tf.Tensor;
  /** Largest difference, relative to the largest number of a tensor; 1e-5 by default. */
  tolerance?: number;
}

/** Several steps of an update; the results are all that it changes. */
export interface UpdateProperty<C> {
  name: string;
  cases: fc.Arbitrary<C>;
  edges: C[];
  ours(c: C): tf.Tensor[];
  stock(c: C): tf.Tensor[];
  tolerance?: number;
}

/** A property as it is, its cases' type inferred. */
export const property = <C>(p: Property<C>): Property<C> => p;
export const updateProperty = <C>(p: UpdateProperty<C>): UpdateProperty<C> => p;

/** A tensor of repeatable noise in [-scale, scale). */
export function noiseTensor(shape: number[], seed: number, scale = 1): tf.Tensor {
  return tf.tensor(
    noise(tf.util.sizeFromShape(shape), seed).map((x) => x * scale),
    shape,
  );
}

/** Lengths that tiles and vectors divide, and lengths that they do not. */
export const lengths = fc.constantFrom(1, 3, 4, 7, 8, 20, 33);
export const seeds = fc.nat({ max: 2 ** 20 });
export const rates = fc.constantFrom(0, 0.1, 0.5);
/** From ordinary numbers to large ones. */
export const scales = fc.constantFrom(1, 0.01, 60);

/** The edges, then `runs` cases. */
const options = <C>({ edges }: { edges: C[] }, runs: number) => ({
  seed: 20,
  numRuns: edges.length + runs,
  examples: edges.map((c): [C] => [c]),
  endOnFailure: true,
  unbiased: true,
});

/**
 * Value and gradients agree at the edges and in `runs` cases on the active backend.
 * @param reference the backend of the stock operations; WebGPU's would take minutes to compile on a software adapter
 */
export function holds<C>(p: Property<C>, runs: number, reference: string): Promise<void> {
  const results = (f: (xs: tf.Tensor[]) => tf.Tensor, c: C): tf.Tensor[] => {
    const operands = p.operands(c);
    const all = [tf.tidy(() => f(operands)), ...gradientsOf(operands, f)];
    tf.dispose(operands);
    return all;
  };
  const check = async (c: C): Promise<void> => {
    const ours = results((xs) => p.ours(xs, c), c);
    const stock = await onBackend(reference, () => results((xs) => p.stock(xs, c), c));
    await compare(ours, stock, p.tolerance);
  };
  return fc.assert(fc.asyncProperty(p.cases, check), options(p, runs));
}

export function updates<C>(p: UpdateProperty<C>, runs: number, reference: string): Promise<void> {
  const check = async (c: C): Promise<void> => {
    const ours = tf.tidy(() => p.ours(c));
    const stock = await onBackend(reference, () => tf.tidy(() => p.stock(c)));
    await compare(ours, stock, p.tolerance);
  };
  return fc.assert(fc.asyncProperty(p.cases, check), options(p, runs));
}

async function onBackend(name: string, compute: () => tf.Tensor[]): Promise<tf.Tensor[]> {
  const active = tf.getBackend();
  await tf.setBackend(name);
  const result = tf.tidy(compute);
  await tf.setBackend(active);
  return result;
}

/** Gradients of the result's product with noise. */
function gradientsOf(operands: tf.Tensor[], f: (xs: tf.Tensor[]) => tf.Tensor): tf.Tensor[] {
  const weighed = (...xs: tf.Tensor[]): tf.Tensor => {
    const y = f(xs);
    return y.mul(noiseTensor(y.shape, 99)).sum();
  };
  return tf.grads(weighed)(operands);
}

/** Compares the tensors of two lists, and disposes of them. */
async function compare(ours: tf.Tensor[], stock: tf.Tensor[], tolerance = 1e-5): Promise<void> {
  expect(ours.map(({ shape }) => shape)).toEqual(stock.map(({ shape }) => shape));
  // Together: some browsers look for finished reads ten times a second.
  const [a, b] = await Promise.all(
    [ours, stock].map((tensors) => Promise.all(tensors.map((tensor) => tensor.data()))),
  );
  // What cancels out in one result may have been as large as another.
  const slack = 1e-30 + 1e-7 * Math.max(...b!.map((values) => largestOf(values)));
  a!.forEach((values, i) => {
    const allowed = tolerance * largestOf(b![i]!) + slack;
    expectClose(values, b![i]!, allowed, `tensor ${i} [${ours[i]!.shape.join(', ')}]`);
  });
  tf.dispose([ours, stock]);
}

function largestOf(values: ArrayLike<number>): number {
  return Array.from(values).reduce((largest, x) => Math.max(largest, Math.abs(x)), 0);
}

function expectClose(ours: tf.TypedArray, stock: tf.TypedArray, allowed: number, what: string): void {
  stock.forEach((x, i) => {
    // What is no number is in no distance either.
    if (!(Math.abs(x - ours[i]!) <= allowed))
      expect.fail(
        `${what}, element ${i}: ${String(ours[i])}, stock operations say ${x} (${allowed} off is allowed)`,
      );
  });
}
