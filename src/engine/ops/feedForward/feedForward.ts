import { add, mul, relu, square, step, sub, tanh, type Tensor, type Tensor2D } from '../../tf';
import { constant } from '../constant';
import { differentiable } from '../differentiable';
import { uploadMask, type DropoutSite } from '../dropout/mask';

/**
 * The activation of T5 v1.0's feed-forward sublayer, with the dropout behind it.
 * @param x [n, dFf]
 * @returns [n, dFf], `max(x, 0) · mask`
 */
export function reluDropout(x: Tensor2D, site: DropoutSite | null): Tensor2D {
  return differentiable(
    [x],
    () => {
      // Where the unit is on, times the dropout mask: the derivative, and all that must be kept.
      const on = masked(step(x), site);
      return { value: mul(relu(x), on), saved: [on] };
    },
    (dy, [on]) => [mul(dy, on!)],
  );
}

/**
 * The gated activation of T5 v1.1 and FLAN-T5, with the dropout behind it.
 * @param gate [n, dFf], wi_0 · x
 * @param x [n, dFf], wi_1 · x
 * @returns [n, dFf], `gelu_new(gate) · x · mask`, gelu_new being the tanh approximation
 * @see Shazeer 2020, "GLU variants improve transformer"; Hendrycks & Gimpel 2016
 */
export function gatedGeluDropout(gate: Tensor2D, x: Tensor2D, site: DropoutSite | null): Tensor2D {
  return differentiable(
    [gate, x],
    () => {
      const value = mul<Tensor2D>(mul(gate, share(gateTanh(gate))), x);
      if (site === null) return { value, saved: [gate, x] };
      const mask = uploadMask(site, x.shape);
      return { value: mul(value, mask), saved: [gate, x, mask] };
    },
    (dy, [gate, x, mask]) => {
      const passed = mask === undefined ? dy : mul(dy, mask);
      const t = gateTanh(gate!);
      const half = share(t);
      // gelu'(g) = ½(1 + t) + ½ g (1 − t²) √(2/π) (1 + 3 · 0.044715 g²)
      const inner = add(constant(SLOPE), mul(square(gate!), constant(3 * CUBIC * SLOPE)));
      const curve = mul(mul(gate!, constant(0.5)), mul(sub(constant(1), square(t)), inner));
      return [mul(mul(passed, x!), add(half, curve)), mul(passed, mul(gate!, half))];
    },
  );
}

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** tanh(√(2/π) (g + 0.044715 g³)) */
const gateTanh = (g: Tensor): Tensor =>
  tanh(mul(g, add(constant(SLOPE), mul(square(g), constant(CUBIC * SLOPE)))));

/** ½ (1 + t): the share of the gate that GELU lets through. */
const share = (t: Tensor): Tensor => mul(add(t, constant(1)), constant(0.5));

const masked = (x: Tensor2D, site: DropoutSite | null): Tensor2D =>
  site === null ? x : mul(x, uploadMask(site, x.shape));
