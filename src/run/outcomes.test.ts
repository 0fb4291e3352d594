import { describe, expect, test } from 'vitest';
import { draw, streamKey } from '../engine/random';
import {
  lostTo,
  packBits,
  packCodes,
  packFloats,
  rowScores,
  unpackBits,
  unpackCodes,
  unpackFloats,
} from './outcomes';

const key = streamKey(1);

describe('packing', () => {
  test.each([0, 1, 7, 8, 9, 500])('%d rows come back as they were', (n) => {
    const bits = Array.from({ length: n }, (_, i) => draw(key, i) % 2 === 1);
    expect(unpackBits(packBits(bits), n)).toEqual(bits);
    const codes = bits.map((_, i) => draw(key, i) % 65536);
    expect(unpackCodes(packCodes(codes))).toEqual(codes);
    const floats = codes.map((code) => Math.fround(code / 7));
    expect(unpackFloats(packFloats(floats))).toEqual(floats);
  });

  test('500 rows are 84 characters, and ends of the range survive', () => {
    expect(packBits(new Array<boolean>(500).fill(true))).toHaveLength(84);
    expect(unpackCodes(packCodes([0, 65535]))).toEqual([0, 65535]);
  });

  test('refuses bits of another number of rows', () => {
    expect(() => unpackBits(packBits([true]), 9)).toThrow(RangeError);
  });
});

test('row scores are points, nats, or right and wrong', () => {
  const right = packBits([true, false]);
  expect(rowScores({ right }, 2)).toEqual([100, 0]);
  expect(rowScores({ right, points: packCodes([10000, 1234]) }, 2)).toEqual([100, 12.34]);
  expect(rowScores({ right, nats: packFloats([0.5, 2]) }, 2)).toEqual([0.5, 2]);
});

test('what was lost is counted by reference and answer, the most frequent first', () => {
  const labels = ['north', 'red', 'blue'];
  const rows = { task: 'a', n: 6, of: 9, references: packCodes([2, 2, 2, 3, 3, 2]) };
  const before = { right: packBits([true, true, true, true, false, true]) };
  const after = {
    right: packBits([false, false, true, false, false, false]),
    answers: packCodes([1, 1, 2, 0, 1, 3]),
  };
  expect(lostTo(before, after, rows, labels)).toEqual([
    { reference: 'red', answer: 'north', count: 2 },
    { reference: 'blue', answer: null, count: 1 },
    { reference: 'red', answer: 'blue', count: 1 },
  ]);
});
