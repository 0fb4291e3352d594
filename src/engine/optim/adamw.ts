import type { Parameters } from '../parameters';
import { constant } from '../ops/constant';
import { add, div, mul, scalar, sqrt, square, sub, type Scalar, type Tensor } from '../tf';
import type { AdamWSettings } from '../types';
import { Moments, type Optimizer } from './optimizer';

/**
 * Adam with decoupled weight decay, as PyTorch computes it:
 * θ ← θ (1 − lr λ); m ← m + (1 − β₁)(g − m); v ← β₂ v + (1 − β₂) g²;
 * θ ← θ − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
 * @see Loshchilov & Hutter 2019; torch/optim/adamw.py
 */
export class AdamW implements Optimizer {
  readonly moments = new Moments();
  readonly #settings: AdamWSettings;

  constructor(settings: AdamWSettings, parameters: Parameters) {
    this.#settings = settings;
    for (const [name, parameter] of parameters.entries()) {
      this.moments.add(`${name}.exp_avg`, parameter.shape);
      this.moments.add(`${name}.exp_avg_sq`, parameter.shape);
    }
  }

  update(
    parameters: Parameters,
    gradients: Map<string, Tensor>,
    learningRate: number,
    step: number,
    clipping: Scalar | null,
  ): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings;
    // The numbers of this step go to the device once, for all parameters.
    const stepSize = scalar(learningRate / (1 - beta1 ** step));
    const rootCorrection = scalar(Math.sqrt(1 - beta2 ** step));
    const kept = weightDecay === 0 ? null : scalar(1 - learningRate * weightDecay);

    for (const [name, raw] of gradients) {
      const gradient = clipping === null ? raw : mul(raw, clipping);
      const first = this.moments.get(`${name}.exp_avg`);
      const second = this.moments.get(`${name}.exp_avg_sq`);
      const parameter = parameters.get(name);

      first.assign(add(first, mul(sub(gradient, first), constant(1 - beta1))));
      second.assign(add(mul(second, constant(beta2)), mul(square(gradient), constant(1 - beta2))));
      const denominator = add(div(sqrt(second), rootCorrection), constant(epsilon));
      const decayed: Tensor = kept === null ? parameter : mul(parameter, kept);
      parameter.assign(sub(decayed, mul(div(first, denominator), stepSize)));
    }
  }
}
