import { matMul, mul, scalar, type Tensor2D } from '../../tf';

/** The formula, differentiated by TensorFlow.js. */
export function linearReference(x: Tensor2D, weight: Tensor2D, scale = 1): Tensor2D {
  return matMul(mul(x, scalar(scale)), weight, false, true);
}
