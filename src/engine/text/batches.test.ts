import { describe, expect, it } from 'vitest';
import { bucket, collate, truncate } from './batches';

describe('collate', () => {
  it('pads both sides, masks padding and ignores labels without a token', () => {
    const batch = collate(
      [
        { source: [5, 6, 1], target: [7, 1] },
        { source: [8, 1], target: [9, 9, 1] },
      ],
      { source: 4, target: 3 },
    );
    expect(batch).toEqual({
      rows: 2,
      sourceLength: 4,
      targetLength: 3,
      source: Int32Array.of(5, 6, 1, 0, 8, 1, 0, 0),
      sourceMask: Float32Array.of(1, 1, 1, 0, 1, 1, 0, 0),
      labels: Int32Array.of(7, 1, -100, 9, 9, 1),
    });
  });

  it('takes the next bucket above the longest, and takes empty examples', () => {
    const batch = collate([
      { source: new Array<number>(33).fill(4), target: [1] },
      { source: [], target: [] },
    ]);
    expect([batch.sourceLength, batch.targetLength]).toEqual([48, 8]);
    expect([...batch.sourceMask.slice(48)].every((token) => token === 0)).toBe(true);
    expect([...batch.labels.slice(8)].every((label) => label === -100)).toBe(true);
  });

  it('refuses no examples and too long ones', () => {
    expect(() => collate([])).toThrow(RangeError);
    expect(() => collate([{ source: [4, 4, 1], target: [1] }], { source: 2, target: 2 })).toThrow(/3 and 1/);
  });
});

describe('bucket', () => {
  it('never cuts, grows little, and has few values', () => {
    const seen = new Set<number>();
    for (let length = 1; length <= 512; length++) {
      expect(bucket(length)).toBeGreaterThanOrEqual(length);
      expect(bucket(length)).toBeLessThanOrEqual(Math.max(8, Math.ceil(length * 1.5) + 8));
      seen.add(bucket(length));
    }
    expect([...seen]).toEqual([8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]);
  });
});

describe('truncate', () => {
  it('keeps the final token', () => {
    expect(truncate([5, 6, 7, 1], 3)).toEqual([5, 6, 1]);
    expect(truncate([5, 6, 7, 1], 1)).toEqual([1]);
    expect(truncate([5, 1], 3)).toEqual([5, 1]);
    expect(() => truncate([5, 1], 0)).toThrow(RangeError);
  });
});
