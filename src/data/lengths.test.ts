import { expect, test } from 'vitest';
import { describeLengths } from './lengths';

test('quantiles, rows cut and tokens cut off', () => {
  const lengths = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(describeLengths(lengths, 90)).toEqual({
    median: 51,
    most: 96,
    longest: 100,
    rowsCut: 0.1,
    tokensCut: 55 / 5050,
  });
  expect(describeLengths([], 8)).toEqual({ median: 0, most: 0, longest: 0, rowsCut: 0, tokensCut: 0 });
});
