import * as fc from 'fast-check';
import { lengths, noiseTensor, seeds, updateProperty } from '../../tfjs/testing/property';
import * as stock from './stock';
import { clipFactor } from './tfjs';

interface Case {
  shapes: number[][];
  maxNorm: number;
  seed: number;
}

const gradients = ({ shapes, seed }: Case) => shapes.map((shape, i) => noiseTensor(shape, seed + i));

export const clipFactorProperty = updateProperty<Case>({
  name: 'clipFactor',
  cases: fc.record({
    shapes: fc.array(fc.array(lengths, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
    maxNorm: fc.constantFrom(0, 1, 1e6),
    seed: seeds,
  }),
  ours: (c) => [clipFactor(gradients(c), c.maxNorm)],
  stock: (c) => [stock.clipFactor(gradients(c), c.maxNorm)],
});
