import { describe, expect, it } from 'vitest';
import { relativeBucket, relativeBuckets } from './bias';

/** The first distance of each bucket, for 32 buckets up to distance 128. */
const bidirectionalStarts = [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91];
const causalStarts = [
  ...Array.from({ length: 17 }, (_, i) => i),
  ...[19, 21, 24, 27, 31, 35, 40, 46, 52, 59, 67, 77, 87, 99, 113],
];

describe('relativeBucket', () => {
  it('starts each bidirectional bucket at the distance where T5 does', () => {
    bidirectionalStarts.forEach((distance, bucket) => {
      expect(relativeBucket(-distance, true, 32, 128)).toBe(bucket);
      if (distance > 0) {
        expect(relativeBucket(distance, true, 32, 128)).toBe(16 + bucket);
        expect(relativeBucket(1 - distance, true, 32, 128)).toBe(bucket - 1);
      }
    });
    expect(relativeBucket(-5000, true, 32, 128)).toBe(15);
    expect(relativeBucket(5000, true, 32, 128)).toBe(31);
  });

  it('starts each causal bucket at the distance where T5 does', () => {
    causalStarts.forEach((distance, bucket) => {
      expect(relativeBucket(-distance, false, 32, 128)).toBe(bucket);
      if (distance > 0) expect(relativeBucket(1 - distance, false, 32, 128)).toBe(bucket - 1);
    });
    expect(relativeBucket(7, false, 32, 128)).toBe(0);
    expect(relativeBucket(-5000, false, 32, 128)).toBe(31);
  });
});

describe('relativeBuckets', () => {
  it('is row-major over queries and keys', () => {
    expect([...relativeBuckets(2, 3, true, 32, 128)]).toEqual([0, 17, 18, 1, 0, 17]);
  });

  it('gives a cached step the last row of the whole', () => {
    const whole = relativeBuckets(40, 40, false, 32, 128);
    expect(relativeBuckets(1, 40, false, 32, 128, 39)).toEqual(whole.slice(39 * 40));
  });
});
