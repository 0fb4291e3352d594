import { constant } from '../ops/constant';
import { add, concat, div, minimum, reshape, sqrt, square, sum, type Scalar, type Tensor } from '../tf';

/**
 * What every gradient is multiplied by so that their global norm is at most `maxNorm`; it stays on the device.
 * @returns `min(1, maxNorm / (‖all gradients‖₂ + 1e-6))`
 * @see torch.nn.utils.clip_grad_norm_
 */
export function clippingFactor(gradients: Iterable<Tensor>, maxNorm: number): Scalar {
  const squares = [...gradients].map((gradient) => reshape(sum(square(gradient)), [1]));
  const norm = sqrt(sum(concat(squares)));
  return minimum(constant(1), div(constant(maxNorm), add(norm, constant(1e-6))));
}
