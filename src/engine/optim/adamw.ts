import { constant } from '../ops/constant';
import { add, div, mul, scalar, sqrt, square, sub, type Tensor1D } from '../tf';
import type { AdamWSettings } from '../types';
import type { Arena } from './arena';
import { ArenaMoments, type Moments } from './moments';
import type { Optimizer, Update } from './optimizer';

/**
 * Adam with decoupled weight decay, as PyTorch computes it:
 * θ ← θ (1 − lr λ); m ← m + (1 − β₁)(g − m); v ← β₂ v + (1 − β₂) g²;
 * θ ← θ − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε).
 * @see Loshchilov & Hutter 2019; torch/optim/adamw.py
 */
export class AdamW implements Optimizer {
  readonly #settings: AdamWSettings;
  readonly #arena: Arena;
  readonly #moments: ArenaMoments;

  constructor(settings: AdamWSettings, arena: Arena) {
    this.#settings = settings;
    this.#arena = arena;
    this.#moments = new ArenaMoments(arena, ['exp_avg', 'exp_avg_sq']);
  }

  get moments(): Moments {
    return this.#moments;
  }

  update({ parameters, groups, learningRate, step, clipping }: Update): void {
    const { beta1, beta2, epsilon, weightDecay } = this.#settings;
    // The numbers of this step go to the device once, for all parameters.
    const stepSize = scalar(learningRate / (1 - beta1 ** step));
    const rootCorrection = scalar(Math.sqrt(1 - beta2 ** step));
    const kept = weightDecay === 0 ? null : scalar(1 - learningRate * weightDecay);

    this.#arena.groups.forEach((group, place) => {
      const raw = groups[place]!;
      const gradient = clipping === null ? raw : mul(raw, clipping);
      const first = this.#moments.get('exp_avg', place);
      const second = this.#moments.get('exp_avg_sq', place);
      first.assign(add(first, mul(sub(gradient, first), constant(1 - beta1))));
      second.assign(add(mul(second, constant(beta2)), mul(square(gradient), constant(1 - beta2))));

      const denominator = add(div(sqrt(second), rootCorrection), constant(epsilon));
      const change = mul(div(first, denominator), stepSize);
      const before = this.#arena.join(group, (name) => parameters.get(name));
      const after: Tensor1D = sub(kept === null ? before : mul(before, kept), change);
      for (const [name, value] of this.#arena.split(group, after)) parameters.replace(name, value);
    });
  }
}
