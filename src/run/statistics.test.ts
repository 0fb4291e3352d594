import { describe, expect, test } from 'vitest';
import { draw, streamKey } from '../engine/random';
import fixture from './statistics.fixture.json';
import { pairedBootstrap, studentQuantile, tInterval } from './statistics';

describe("Student's t", () => {
  test.each(fixture.quantiles)('quantile $p with $df degrees of freedom is $t', ({ df, p, t }) => {
    expect(studentQuantile(p, df)).toBeCloseTo(t, 7);
    expect(studentQuantile(1 - p, df)).toBeCloseTo(-t, 7);
  });

  test('intervals agree with scipy', () => {
    expect(fixture.t).toHaveLength(5);
    for (const { values, mean, low, high } of fixture.t) {
      const found = tInterval(values);
      expect(found.mean).toBeCloseTo(mean, 9);
      expect(found.low).toBeCloseTo(low, 7);
      expect(found.high).toBeCloseTo(high, 7);
      expect(found.n).toBe(values.length);
    }
  });

  test('one value has a mean and no interval', () => {
    expect(tInterval([42])).toEqual({ mean: 42, low: null, high: null, n: 1 });
  });
});

describe('paired bootstrap', () => {
  const { a, b, low, high } = fixture.bootstrap;

  test('of one seed agrees with scipy within its Monte Carlo error', () => {
    const found = pairedBootstrap([[{ a, b }]], { resamples: 20_000 });
    expect(found.low).toBeCloseTo(low, 0);
    expect(Math.abs(found.low! - low)).toBeLessThan(0.1);
    expect(Math.abs(found.high! - high)).toBeLessThan(0.1);
  });

  test('is the same for the same seed and turns its sign with the sides', () => {
    const once = pairedBootstrap([[{ a, b }]]);
    expect(pairedBootstrap([[{ a, b }]])).toEqual(once);
    const turned = pairedBootstrap([[{ a: b, b: a }]]);
    expect(turned.mean).toBeCloseTo(-once.mean, 12);
    expect(turned.low).toBeCloseTo(-once.high!, 12);
  });

  test('seeds that disagree widen the interval beyond what their examples alone say', () => {
    const noisy = (shift: number, s: number) => {
      const key = streamKey(s);
      const base = Array.from({ length: 400 }, (_, i) => (draw(key, i) / 2 ** 32) * 10);
      return [{ a: base.map((x) => x + shift), b: base }];
    };
    const agreeing = pairedBootstrap([5, 5, 5].map(noisy));
    const disagreeing = pairedBootstrap([2, 5, 8].map(noisy));
    expect(agreeing.mean).toBeCloseTo(disagreeing.mean, 9);
    expect(agreeing.high! - agreeing.low!).toBeLessThan(1e-9);
    expect(disagreeing.low).toBeCloseTo(2, 0);
    expect(disagreeing.high! - disagreeing.low!).toBeGreaterThan(3);
  });

  test('another seed brings no new examples: equal ones leave the interval as wide as one does', () => {
    const pair = { a, b };
    const width = ({ low: from, high: to }: ReturnType<typeof pairedBootstrap>): number => to! - from!;
    const one = width(pairedBootstrap([[pair]], { resamples: 20_000 }));
    const five = width(
      pairedBootstrap(
        Array.from({ length: 5 }, () => [pair]),
        { resamples: 20_000 },
      ),
    );
    expect(one).toBeGreaterThan(0);
    expect(five / one).toBeCloseTo(1, 1);
  });

  test('a real difference excludes 0, and none does not', () => {
    const key = streamKey(9);
    const noise = (from: number) => Array.from({ length: 200 }, (_, i) => draw(key, from + i) % 100);
    const x = noise(0);
    const better = [0, 1, 2].map((s) => [{ a: x.map((v, i) => v + 3 + ((i + s) % 5)), b: x }]);
    expect(pairedBootstrap(better).low).toBeGreaterThan(0);
    const same = [0, 1, 2].map((s) => [{ a: noise(1000 * s), b: noise(1000 * s + 500) }]);
    const found = pairedBootstrap(same);
    expect(found.low).toBeLessThan(0);
    expect(found.high).toBeGreaterThan(0);
  });

  test('weights tasks alike, whatever their number of examples', () => {
    const zeros = (n: number) => new Array<number>(n).fill(0);
    const pairs = [
      { a: zeros(10).fill(10), b: zeros(10) },
      { a: zeros(90), b: zeros(90) },
    ];
    expect(pairedBootstrap([pairs]).mean).toBe(5);
  });

  test('refuses lists that do not pair', () => {
    expect(() => pairedBootstrap([[{ a: [1], b: [1, 2] }]])).toThrow(RangeError);
    expect(() => pairedBootstrap([[{ a: [1], b: [1] }], [{ a: [1, 2], b: [1, 2] }]])).toThrow(RangeError);
  });
});
