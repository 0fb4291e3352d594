import { constant } from '../ops/constant';
import { add, addN, div, minimum, reshape, sqrt, square, sum, type Scalar, type Tensor1D } from '../tf';

/**
 * What every gradient is multiplied by so that their global norm is at most `maxNorm`; it stays on the device.
 * @param groups all gradients, joined by an Arena
 * @returns `min(1, maxNorm / (‖all gradients‖₂ + 1e-6))`
 * @see torch.nn.utils.clip_grad_norm_
 */
export function clippingFactor(groups: Tensor1D[], maxNorm: number): Scalar {
  const squares = groups.map((group) => preciseSum(square(group)));
  const norm = sqrt(squares.length === 1 ? squares[0]! : addN(squares));
  return minimum(constant(1), div(constant(maxNorm), add(norm, constant(1e-6))));
}

/** Summed in two levels where it can be: a single running sum of millions of float32 would lose digits. */
function preciseSum(x: Tensor1D): Scalar {
  let row = 1;
  while (row < 1024 && x.size % (row * 2) === 0) row *= 2;
  return row < 64 ? sum(x) : sum(sum(reshape(x, [-1, row]), 1));
}
