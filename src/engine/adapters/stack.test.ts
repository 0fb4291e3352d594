import { expect, test } from 'vitest';
import type { NamedTensor } from '../types';
import { stackMatrices } from './stack';

const matrix = (name: string, rows: number, columns: number, from: number): NamedTensor => ({
  name,
  shape: [rows, columns],
  data: Float32Array.from({ length: rows * columns }, (_, i) => from + i),
});
const adapter = (rank: number, from: number): NamedTensor[] => [
  matrix('x.q.lora_A.weight', rank, 3, from),
  matrix('x.q.lora_B.weight', 2, rank, 10 * from),
];

/** B·A. */
function product([a, b]: readonly NamedTensor[]): number[] {
  const [rank = 0, inputs = 0] = a!.shape;
  return Array.from({ length: 2 * inputs }, (_, at) => {
    const [row, column] = [Math.floor(at / inputs), at % inputs];
    let sum = 0;
    for (let r = 0; r < rank; r++) sum += b!.data[row * rank + r]! * a!.data[r * inputs + column]!;
    return sum;
  });
}

test('the product of what is stacked is the sum of the products, whatever room is left', () => {
  const adapters = [adapter(2, 1), adapter(1, 4), adapter(2, -3)];
  const sum = adapters.map(product).reduce((a, b) => a.map((x, i) => x + b[i]!));
  expect(product(stackMatrices(adapters))).toEqual(sum);
  const roomy = stackMatrices(adapters, 7);
  expect(roomy.map(({ shape }) => shape)).toEqual([
    [7, 3],
    [2, 7],
  ]);
  expect(product(roomy)).toEqual(sum);
  expect(stackMatrices([adapter(2, 1)])).toEqual(adapter(2, 1));
});

test('adapters of other places or of more rank than there is room are refused', () => {
  const other = adapter(1, 1).map((tensor) => ({ ...tensor, name: tensor.name.replace('q', 'v') }));
  expect(() => stackMatrices([adapter(1, 1), other])).toThrow(
    /x\.v\.lora_A.* where another has x\.q\.lora_A/,
  );
  expect(() => stackMatrices([adapter(2, 1), adapter(2, 1)], 3)).toThrow(/rank 4 together do not fit rank 3/);
});
