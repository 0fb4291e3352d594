import { at, type ReferenceKernel } from '../../program/reference';
import { dotSlice } from './dot';

export const dot: ReferenceKernel = ([x, y, partials], [length, first]) => {
  for (let start = 0; start < length; start += dotSlice) {
    let sum = 0;
    for (let i = start; i < Math.min(length, start + dotSlice); i++) sum += at(x, i) * at(y, i);
    partials[first + start / dotSlice] = sum;
  }
};

export const projection: ReferenceKernel = ([products, factors], [count]) => {
  let [along, square] = [0, 0];
  for (let i = 0; i < count; i++) {
    along += at(products, i);
    square += at(products, count + i);
  }
  factors[0] = along < 0 ? -along / square : 0;
  factors[1] = 1;
};
