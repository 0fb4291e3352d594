import { at, type ReferenceKernel } from '../../program/reference';

export const rmsNorm: ReferenceKernel = ([x, w, y, rstd], [rows, dim], [epsilon]) => {
  for (let n = 0; n < rows; n++) {
    let sum = 0;
    for (let d = 0; d < dim; d++) sum += at(x, n * dim + d) ** 2;
    const r = 1 / Math.sqrt(sum / dim + epsilon);
    rstd[n] = r;
    for (let d = 0; d < dim; d++) y[n * dim + d] = at(w, d) * at(x, n * dim + d) * r;
  }
};

export const rmsNormGrad: ReferenceKernel = ([dy, x, w, rstd, dx], [rows, dim, accumulate]) => {
  for (let n = 0; n < rows; n++) {
    const r = at(rstd, n);
    let dot = 0;
    for (let d = 0; d < dim; d++) dot += at(dy, n * dim + d) * at(w, d) * at(x, n * dim + d);
    for (let d = 0; d < dim; d++) {
      const i = n * dim + d;
      const value = r * at(w, d) * at(dy, i) - (at(x, i) * r ** 3 * dot) / dim;
      dx[i] = (accumulate ? at(dx, i) : 0) + value;
    }
  }
};

export const rmsNormWeightGrad: ReferenceKernel = ([dy, x, rstd, dw], [rows, dim]) => {
  for (let d = 0; d < dim; d++) {
    let sum = 0;
    for (let n = 0; n < rows; n++) sum += at(dy, n * dim + d) * at(x, n * dim + d) * at(rstd, n);
    dw[d] = at(dw, d) + sum;
  }
};
