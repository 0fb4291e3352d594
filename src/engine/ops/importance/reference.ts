import { at, type ReferenceKernel } from '../../program/reference';

export const addSquares: ReferenceKernel = ([f, g, factors], [length]) => {
  for (let i = 0; i < length; i++) f[i] = at(factors, 1) * at(f, i) + at(factors, 0) * at(g, i) ** 2;
};

export const penaltyGrad: ReferenceKernel = ([g, x, centre, f, factors], [length, weighted]) => {
  for (let i = 0; i < length; i++) {
    const strength = at(factors, 0) * (weighted ? at(f, i) : 1);
    g[i] = at(g, i) + strength * (at(x, i) - at(centre, i));
  }
};
