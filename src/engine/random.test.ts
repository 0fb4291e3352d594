import { describe, expect, it } from 'vitest';
import { draw, hash, shuffled, streamKey, uniform } from './random';

/** The same hash in arbitrary-precision integers. */
function exactHash(x: number): number {
  const word32 = (n: bigint) => n & 0xffffffffn;
  const state = word32(BigInt(x) * 747796405n + 2891336453n);
  const word = word32(((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n);
  return Number((word >> 22n) ^ word);
}

describe('hash', () => {
  it('is exact unsigned 32-bit arithmetic', () => {
    for (const x of [0, 1, 2, 0x7fffffff, 0x80000000, 0xffffffff, 123456789])
      expect(hash(x)).toBe(exactHash(x));
  });
});

describe('uniform', () => {
  it('repeats for the same counters and differs for others', () => {
    expect(uniform(7, 1, 2)).toBe(uniform(7, 1, 2));
    expect(uniform(7, 1, 2)).not.toBe(uniform(7, 2, 1));
    expect(uniform(7, 1)).not.toBe(uniform(8, 1));
  });

  it('is spread evenly, without correlation between neighbouring streams', () => {
    const n = 20_000;
    let sum = 0;
    let product = 0;
    for (let i = 0; i < n; i++) {
      const a = draw(streamKey(3, 10, 4), i) / 2 ** 32;
      const b = draw(streamKey(3, 10, 5), i) / 2 ** 32;
      sum += a;
      product += (a - 0.5) * (b - 0.5);
    }
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / n));
    expect(Math.abs(product / n)).toBeLessThan(4 / 12 / Math.sqrt(n));
  });
});

describe('shuffled', () => {
  it('is a permutation that depends on the seed and counters alone', () => {
    const order = shuffled(100, 5, 0);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(shuffled(100, 5, 0)).toEqual(order);
    expect(shuffled(100, 5, 1)).not.toEqual(order);
    expect(shuffled(100, 6, 0)).not.toEqual(order);
  });

  it('puts every item everywhere equally often', () => {
    const counts = new Array<number>(4).fill(0);
    for (let round = 0; round < 4000; round++) counts[shuffled(4, 1, round).indexOf(0)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(4 * Math.sqrt(750));
  });

  it('handles none and one', () => {
    expect(shuffled(0, 1)).toHaveLength(0);
    expect([...shuffled(1, 1)]).toEqual([0]);
  });
});
