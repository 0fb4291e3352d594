import { add, mul, type Tensor2D } from '../../tf';
import { differentiable } from '../differentiable';
import { uploadMask, type DropoutSite } from './mask';

/**
 * Inverted dropout: values are zeroed with probability `rate`, the rest divided by 1 − rate.
 * @param x [n, d]
 * @param site null for none: x itself comes back
 * @returns [n, d], `x · mask`
 * @see Srivastava et al. 2014
 */
export function dropout(x: Tensor2D, site: DropoutSite | null): Tensor2D {
  if (site === null) return x;
  return differentiable(
    [x],
    () => {
      const mask = uploadMask(site, x.shape);
      return { value: mul(x, mask), saved: [mask] };
    },
    (dy, [mask]) => [mul(dy, mask!)],
  );
}

/**
 * The end of a sublayer: its output, with dropout, added to what went around it.
 * @param around [n, d]
 * @param x [n, d]
 * @returns [n, d], `around + x · mask`
 */
export function residualDropout(around: Tensor2D, x: Tensor2D, site: DropoutSite | null): Tensor2D {
  return differentiable(
    [around, x],
    () => {
      if (site === null) return { value: add(around, x), saved: [] };
      const mask = uploadMask(site, x.shape);
      return { value: add(around, mul(x, mask)), saved: [mask] };
    },
    (dy, [mask]) => [dy.clone(), mask === undefined ? dy.clone() : mul(dy, mask)],
  );
}
