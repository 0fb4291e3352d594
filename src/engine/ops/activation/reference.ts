import { at, type ReferenceKernel } from '../../program/reference';
import { dropped } from '../dropout/reference';

const root = Math.sqrt(2 / Math.PI);
const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(root * (x + 0.044715 * x ** 3)));
const geluGrad = (x: number): number => {
  const t = Math.tanh(root * (x + 0.044715 * x ** 3));
  return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
};

export const activation: ReferenceKernel = ([h, scalars, out], [rows, dim, gated, site], [rate]) => {
  for (let n = 0; n < rows; n++)
    for (let j = 0; j < dim; j++) {
      const i = n * dim + j;
      const value = gated
        ? gelu(at(h, n * 2 * dim + j)) * at(h, n * 2 * dim + dim + j)
        : Math.max(at(h, i), 0);
      out[i] = dropped(scalars, site, i, rate, value);
    }
};

export const activationGrad: ReferenceKernel = ([dOut, h, scalars, dh], [rows, dim, gated, site], [rate]) => {
  for (let n = 0; n < rows; n++)
    for (let j = 0; j < dim; j++) {
      const i = n * dim + j;
      const d = dropped(scalars, site, i, rate, at(dOut, i));
      if (!gated) {
        dh[i] = at(h, i) > 0 ? d : 0;
        continue;
      }
      const left = n * 2 * dim + j;
      dh[left] = d * at(h, left + dim) * geluGrad(at(h, left));
      dh[left + dim] = d * gelu(at(h, left));
    }
};
