import { at, type ReferenceKernel } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';
import { sumSquaresSlice } from './vector';

export const axpy: ReferenceKernel = ([x, y], [length], [a, b]) => {
  for (let i = 0; i < length; i++) y[i] = (b === 0 ? 0 : b * at(y, i)) + a * at(x, i);
};

export const fill: ReferenceKernel = ([x], [length], [value]) => {
  x.fill(value, 0, length);
};

export const sumSquares: ReferenceKernel = ([x, partials], [length, first]) => {
  for (let start = 0; start < length; start += sumSquaresSlice) {
    let sum = 0;
    for (let i = start; i < Math.min(length, start + sumSquaresSlice); i++) sum += at(x, i) ** 2;
    partials[first + start / sumSquaresSlice] = sum;
  }
};

export const clipFactor: ReferenceKernel = ([partials, scalars, out], [count]) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += at(partials, i);
  const maxNorm = at(scalars, slots.maxNorm);
  out[0] = Math.sqrt(sum);
  out[1] = maxNorm > 0 ? Math.min(1, maxNorm / (Math.sqrt(sum) + 1e-6)) : 1;
};
