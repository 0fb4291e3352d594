import { at, floats, type ReferenceKernel } from '../../program/reference';
import { halvesOf } from '../../halves';
import { dropped } from '../dropout/reference';

export const matmul: ReferenceKernel = ([a, stored, c, r, scalars], ints, [alpha, rate]) => {
  const [M, N, K, rowA, colA, rowB, colB, rowC, offA, offB, offC, beta, residual, site, factor, half] = ints;
  const b = half ? halvesOf(stored) : stored;
  const scale = factor ? Math.fround(alpha * at(floats(scalars), factor)) : alpha;
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) {
      let sum = 0;
      for (let k = 0; k < K; k++)
        sum += at(a, offA + m * rowA + k * colA) * at(b, offB + k * rowB + n * colB);
      const place = offC + m * rowC + n;
      const value = scale * sum;
      if (residual) c[place] = at(r, place) + dropped(scalars, site, m * N + n, rate, value);
      else c[place] = (beta ? at(c, place) : 0) + value;
    }
};
