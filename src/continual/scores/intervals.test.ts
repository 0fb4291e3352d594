import { describe, expect, test } from 'vitest';
import fixture from '../measures.fixture.json';
import { bootstrap, wilson } from './intervals';

describe('Wilson interval', () => {
  test.each([
    [50, 100, 40.38315, 59.61685],
    [0, 100, 0, 3.69935],
    [100, 100, 96.30065, 100],
    [9, 10, 59.585, 98.21238],
  ])('%d of %d', (successes, n, low, high) => {
    const score = wilson(successes, n);
    expect(score.value).toBeCloseTo((100 * successes) / n, 9);
    expect(score.low).toBeCloseTo(low, 4);
    expect(score.high).toBeCloseTo(high, 4);
    expect(score.n).toBe(n);
  });

  test("agrees with scipy's", () => {
    expect(fixture.wilson.length).toBeGreaterThan(20);
    for (const { successes, n, low, high } of fixture.wilson) {
      const score = wilson(successes, n);
      expect(score.low, `${successes} of ${n}`).toBeCloseTo(low, 8);
      expect(score.high, `${successes} of ${n}`).toBeCloseTo(high, 8);
    }
  });

  test('its ends are the shares p from which the observed one is 1.96 standard errors of p away', () => {
    for (const [successes, n] of [
      [3, 17],
      [250, 500],
      [99, 100],
    ] as const) {
      const { low, high } = wilson(successes, n);
      for (const p of [low / 100, high / 100]) {
        const errors = Math.abs(successes / n - p) / Math.sqrt((p * (1 - p)) / n);
        expect(errors).toBeCloseTo(1.959964, 5);
      }
    }
  });

  test('knows nothing of no example', () => {
    expect(wilson(0, 0)).toEqual({ value: 0, low: 0, high: 100, n: 0 });
  });
});

describe('bootstrap interval', () => {
  const values = Array.from({ length: 200 }, (_, i) => (i % 4) * 25);

  test('is near the normal one for a mean of many values', () => {
    const { value, low, high, n } = bootstrap(values);
    const half = (1.96 * Math.sqrt(((37.5 ** 2 + 12.5 ** 2) * 2) / 4)) / Math.sqrt(200);
    expect(n).toBe(200);
    expect(value).toBeCloseTo(37.5, 9);
    expect(Math.abs(low - (37.5 - half))).toBeLessThan(0.6);
    expect(Math.abs(high - (37.5 + half))).toBeLessThan(0.6);
  });

  test('is the same for the same seed and another for another', () => {
    expect(bootstrap(values)).toEqual(bootstrap(values));
    expect(bootstrap(values, undefined, { seed: 1 })).not.toEqual(bootstrap(values));
  });

  test('weighs values, as tokens weigh a loss', () => {
    const score = bootstrap([1, 3], [3, 1]);
    expect(score.value).toBe(1.5);
    expect(score.low).toBe(1);
    expect(score.high).toBe(3);
  });

  test('a constant has no width, and nothing has nothing', () => {
    expect(bootstrap([5, 5, 5])).toEqual({ value: 5, low: 5, high: 5, n: 3 });
    expect(bootstrap([]).n).toBe(0);
  });
});
