import { at, type ReferenceKernel } from '../../program/reference';

export const argmax: ReferenceKernel = ([x, out], [rows, dim, stride, first]) => {
  for (let n = 0; n < rows; n++) {
    let best = 0;
    for (let d = 1; d < dim; d++) if (at(x, n * dim + d) > at(x, n * dim + best)) best = d;
    out[n * stride + first] = best;
  }
};
