import { mul, type Tensor2D } from '../../tf';
import { constant } from '../constant';
import { differentiable } from '../differentiable';
import { multiply } from '../matmul';

/**
 * A linear layer without bias, with its weight as Hugging Face stores it.
 * @param x [n, in]
 * @param weight [out, in]
 * @param scale multiplies x first; T5 with a tied head scales by dModel^-½
 * @returns [n, out], `scale · x · weightᵀ`
 * @throws RangeError when the last axes differ
 */
export function linear(x: Tensor2D, weight: Tensor2D, scale = 1): Tensor2D {
  if (x.shape[1] !== weight.shape[1])
    throw new RangeError(`linear: rows of ${x.shape[1]} values and a weight of [${weight.shape.join(', ')}]`);
  return differentiable(
    [x, weight],
    () => {
      const scaled = times(x, scale);
      return { value: multiply(scaled, weight, false, true), saved: [scaled, weight] };
    },
    (dy, [scaled, weight]) => [
      times(multiply(dy, weight as Tensor2D), scale),
      multiply(dy, scaled as Tensor2D, true, false),
    ],
  );
}

const times = (x: Tensor2D, scale: number): Tensor2D => (scale === 1 ? x : mul(x, constant(scale)));
