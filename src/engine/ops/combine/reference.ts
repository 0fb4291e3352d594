import { at, type ReferenceKernel } from '../../program/reference';

export const combine: ReferenceKernel = ([x, y, factors], [length]) => {
  const [a, b] = [at(factors, 0), at(factors, 1)];
  if (a === 0 && b === 1) return;
  for (let i = 0; i < length; i++) y[i] = b === 0 ? a * at(x, i) : a * at(x, i) + b * at(y, i);
};

export const rescale: ReferenceKernel = ([y, factors], [length]) => {
  for (let i = 0; i < length; i++) y[i] = at(factors, 0) * at(y, i);
};
