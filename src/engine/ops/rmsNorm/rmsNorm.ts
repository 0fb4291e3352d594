import { add, mean, mul, rsqrt, square, sub, sum, type Tensor1D, type Tensor2D } from '../../tf';
import { constant } from '../constant';
import { differentiable } from '../differentiable';

/**
 * RMS layer norm as T5 has it: no mean, no bias, statistics in float32.
 * @param x [n, dModel]
 * @param weight [dModel]
 * @returns [n, dModel], `weight * x / sqrt(mean(x²) + epsilon)`
 * @throws RangeError when the last axis of x is not dModel
 * @see Zhang & Sennrich 2019
 */
export function rmsNorm(x: Tensor2D, weight: Tensor1D, epsilon: number): Tensor2D {
  if (x.shape[1] !== weight.shape[0])
    throw new RangeError(`rmsNorm: rows of ${x.shape[1]} values and a weight of ${weight.shape[0]}`);
  return differentiable(
    [x, weight],
    () => {
      // [n, 1]
      const inverse = rsqrt(add(mean(square(x), 1, true), constant(epsilon)));
      return { value: mul(mul(x, inverse), weight), saved: [x, weight, inverse] };
    },
    (dy, [x, weight, inverse]) => {
      const normed = mul(x!, inverse!);
      const scaled = mul(dy, weight!);
      // The norm's own derivative takes out of the gradient what lies along the row.
      const along = mean(mul(scaled, normed), 1, true);
      const dx = mul(sub(scaled, mul(normed, along)), inverse!);
      return [dx, sum(mul(dy, normed), 0)];
    },
  );
}
