import { expect, test } from 'vitest';
import { halfBits, halfValue, toFloat32 } from './dtypes';

test('every half survives the way there and back', () => {
  const wrong = [];
  for (let bits = 0; bits < 65536; bits += 1) {
    const value = halfValue(bits);
    const back = halfBits(value);
    if (Number.isNaN(value) ? (back & 0x7fff) !== 0x7e00 : back !== bits) wrong.push(bits);
  }
  expect(wrong).toEqual([]);
});

test('float32 rounds to the nearest half, ties to even', () => {
  // Between each two neighbours: the middle goes to the even one, anything off it to the nearer.
  const wrong = [];
  const next = new Float32Array(1);
  const bitsOfNext = new Uint32Array(next.buffer);
  for (let bits = 0; bits < 0x7bff; bits += 1) {
    const middle = (halfValue(bits) + halfValue(bits + 1)) / 2;
    next[0] = middle;
    bitsOfNext[0] = bitsOfNext[0]! + 1;
    const above = next[0];
    bitsOfNext[0] -= 2;
    const below = next[0];
    if (
      halfBits(middle) !== (bits % 2 === 0 ? bits : bits + 1) ||
      halfBits(above) !== bits + 1 ||
      halfBits(-above) !== (0x8000 | (bits + 1)) ||
      halfBits(below) !== bits
    )
      wrong.push(bits);
  }
  expect(wrong).toEqual([]);
});

test.each([
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.996, 0x7bff],
  [65520, 0x7c00],
  [-1e30, 0xfc00],
  [Infinity, 0x7c00],
  [2 ** -24, 1],
  [2 ** -25, 0],
  [2 ** -25 * 1.5, 1],
  [1e-45, 0],
  [-0, 0x8000],
  [0.1, 0x2e66],
])('%f is the half %i', (value, bits) => {
  expect(halfBits(value)).toBe(bits);
});

test('bfloat16 is the upper half of a float32, bit for bit', () => {
  const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const out = new Float32Array(65536 + 2);
  toFloat32['BF16']!(new Uint8Array(halves.buffer), out, 2);
  const bits = new Uint32Array(out.buffer, 8);
  expect(bits.every((value, i) => value === i * 65536)).toBe(true);
  expect(out[2 + 0x3f80]).toBe(1);
});
