import { expect, it } from 'vitest';
import { halvesOf, toHalves } from './halves';

it('every half is itself again', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
  expect(toHalves(halvesOf(bits))).toEqual(bits);
});

it('numbers become the nearest half, ties the even one', () => {
  const pairs = [
    [1, 1], [1 + 2 ** -11, 1], [1 + 3 * 2 ** -11, 1 + 2 ** -9], [1 + 2 ** -11 + 2 ** -20, 1 + 2 ** -10],
    [2 ** -25, 0], [2 ** -25 + 2 ** -40, 2 ** -24], [3 * 2 ** -25, 2 ** -23], [-0.1, -0.0999755859375], [65519, 65504],
  ] as const; // prettier-ignore
  const rounded = halvesOf(toHalves(Float32Array.from(pairs, ([x]) => x)));
  expect([...rounded]).toEqual(pairs.map(([, half]) => half));
  expect(Object.is(halvesOf(toHalves(Float32Array.of(-1e-30)))[0], -0)).toBe(true);
});

it.each([65520, -1e5, Infinity, NaN])('%d is no half', (x) => {
  expect(() => toHalves(Float32Array.of(1, x))).toThrow(/at 1 is beyond what half precision holds/);
});
