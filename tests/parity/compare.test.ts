import { describe, expect, it } from 'vitest';
import { compareEqual, compareTrained, compareValues } from './compare';

const one = (...values: number[]) => new Map([['x', values]]);

describe('compareValues', () => {
  it('passes within 1e-4 of the largest value of the tensor', () => {
    const check = compareValues('q', one(10, 0), one(10.0005, 0.0009));
    expect(check.passed).toBe(true);
    expect(check.absolute).toBeCloseTo(9e-4);
    expect(check.relative).toBeCloseTo(9e-5);
  });

  it.each([
    ['a larger difference', one(10, 0), one(10, 0.0011)],
    ['NaN', one(1), one(NaN)],
    ['anything but zero where all is zero', one(0, 0), one(0, 1e-30)],
    ['a value too few', one(1, 2), one(1)],
    ['a tensor too few', one(1), new Map()],
    ['a tensor too many', new Map<string, number[]>(), one(1)],
  ])('fails on %s', (_what, expected, actual) => {
    expect(compareValues('q', expected, actual).passed).toBe(false);
  });

  it('holds each tensor to its own size', () => {
    const expected = new Map([
      ['large', [1000]],
      ['small', [1e-3]],
    ]);
    const actual = new Map([
      ['large', [1000]],
      ['small', [1.1e-3]],
    ]);
    expect(compareValues('q', expected, actual)).toMatchObject({ passed: false, detail: 'small' });
  });
});

describe('compareTrained', () => {
  const start = new Float64Array(2000);
  const expected = new Float64Array(2000).fill(0.1);
  const withErrors = (count: number, error: number) => {
    const values = expected.slice();
    for (let i = 0; i < count; i++) values[i]! += error;
    return new Map([['x', values]]);
  };
  const compare = (actual: Map<string, Float64Array>) =>
    compareTrained('q', new Map([['x', start]]), new Map([['x', expected]]), actual).passed;

  it('passes when one element in a thousand is off', () => {
    expect(compare(withErrors(2, 0.2))).toBe(true);
    expect(compare(withErrors(2000, 0.0009))).toBe(true);
  });

  it('fails when more are', () => {
    expect(compare(withErrors(3, 0.2))).toBe(false);
    expect(compare(withErrors(2000, 0.0011))).toBe(false);
    expect(compare(withErrors(3, NaN))).toBe(false);
  });

  it('fails when a tensor has not changed', () => {
    const still = compareTrained('q', one(1), one(1), one(1));
    expect(still).toMatchObject({ passed: false, detail: 'x has not changed' });
  });
});

describe('compareEqual', () => {
  it('asks for equality, and says what differs', () => {
    expect(compareEqual('q', [[1, 2], []], [[1, 2], []]).passed).toBe(true);
    expect(compareEqual('q', [[1, 2]], [[1, 3]])).toMatchObject({
      passed: false,
      detail: 'row 0: expected [1,2], got [1,3]',
    });
    expect(compareEqual('q', [[1]], []).passed).toBe(false);
    expect(compareEqual('q', [], [[1]]).passed).toBe(false);
  });
});
