import { add, div, mean, mul, scalar, sqrt, square, type Tensor1D, type Tensor2D } from '../../tf';

/** The formula, differentiated by TensorFlow.js. */
export function rmsNormReference(x: Tensor2D, weight: Tensor1D, epsilon: number): Tensor2D {
  return mul(weight, div(x, sqrt(add(mean(square(x), 1, true), scalar(epsilon)))));
}
