import { expect, test } from 'vitest';
import { lengthWords } from './lengthWords';

test('words lengths and what is cut', () => {
  const lengths = { median: 42, most: 88, longest: 1140, rowsCut: 0.031, tokensCut: 0.001 };
  expect(lengthWords(lengths, 96)).toBe(
    '42 tokens in the middle, 95 % up to 88, at most 1,140; the limit of 96 cuts 3 % of rows and <1 % of tokens.',
  );
  expect(lengthWords({ ...lengths, rowsCut: 0, tokensCut: 0 }, 2000)).toContain(
    'the limit of 2,000 cuts none',
  );
});
