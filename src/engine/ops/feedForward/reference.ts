import { add, mul, relu, scalar, sqrt, tanh, tensor, type Tensor2D } from '../../tf';
import { maskReference } from '../dropout/reference';
import type { DropoutSite } from '../dropout/mask';

const dropped = (x: Tensor2D, site: DropoutSite | null): Tensor2D =>
  site === null ? x : mul(x, tensor(maskReference(site, x.size), x.shape));

/** The formula, differentiated by TensorFlow.js. */
export function reluDropoutReference(x: Tensor2D, site: DropoutSite | null): Tensor2D {
  return dropped(relu(x), site);
}

/** The formula, differentiated by TensorFlow.js. */
export function gatedGeluDropoutReference(gate: Tensor2D, x: Tensor2D, site: DropoutSite | null): Tensor2D {
  const cube = mul(gate, mul(gate, gate));
  const inner = mul(sqrt(scalar(2 / Math.PI)), add(gate, mul(scalar(0.044715), cube)));
  return dropped(mul(mul(mul(scalar(0.5), gate), add(scalar(1), tanh(inner))), x), site);
}
