import * as fc from 'fast-check';
import { lengths, noiseTensor, seeds, updateProperty } from '../../tfjs/testing/property';
import * as stock from './stock';
import { clipFactor } from './tfjs';

interface Case {
  shapes: number[][];
  maxNorm: number;
  seed: number;
  /** How large gradients are. */
  size: number;
}

const gradients = ({ shapes, seed, size }: Case) =>
  shapes.map((shape, i) => noiseTensor(shape, seed + i, size));

export const clipFactorProperty = updateProperty<Case>({
  name: 'clipFactor',
  cases: fc.record({
    shapes: fc.array(fc.array(lengths, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    maxNorm: fc.constantFrom(0, 1, 1e6),
    seed: seeds,
    size: fc.constantFrom(1, 1e-3, 1e3),
  }),
  edges: [
    { shapes: [[7], [3, 33]], maxNorm: 1, seed: 1, size: 0 },
    { shapes: [[1]], maxNorm: 1, seed: 2, size: 1e6 },
  ],
  ours: (c) => [clipFactor(gradients(c), c.maxNorm)],
  stock: (c) => [stock.clipFactor(gradients(c), c.maxNorm)],
});
