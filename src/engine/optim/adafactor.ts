import type { Parameters } from '../parameters';
import { constant } from '../ops/constant';
import {
  add,
  div,
  expandDims,
  maximum,
  mean,
  mul,
  rsqrt,
  scalar,
  sqrt,
  square,
  sub,
  sum,
  type Scalar,
  type Tensor,
  type Variable,
} from '../tf';
import type { AdafactorSettings } from '../types';
import { Moments, type Optimizer } from './optimizer';

/** Added to squared gradients. */
const EPSILON = 1e-30;

/**
 * Adafactor as Hugging Face recommends it for T5: a fixed learning rate, no parameter scaling, no first moment.
 * Second moments of matrices are kept as a row and a column; the update is divided by its root mean square
 * where that is above the clipping threshold.
 * @see Shazeer & Stern 2018; transformers.Adafactor
 */
export class Adafactor implements Optimizer {
  readonly moments = new Moments();
  readonly #settings: AdafactorSettings;

  constructor(settings: AdafactorSettings, parameters: Parameters) {
    this.#settings = settings;
    for (const [name, { shape }] of parameters.entries()) {
      if (shape.length >= 2) {
        this.moments.add(`${name}.exp_avg_sq_row`, shape.slice(0, -1));
        this.moments.add(`${name}.exp_avg_sq_col`, [...shape.slice(0, -2), ...shape.slice(-1)]);
      } else this.moments.add(`${name}.exp_avg_sq`, shape);
    }
  }

  update(
    parameters: Parameters,
    gradients: Map<string, Tensor>,
    learningRate: number,
    step: number,
    clipping: Scalar | null,
  ): void {
    const { decayRate, clipThreshold, weightDecay } = this.#settings;
    const beta2 = 1 - step ** decayRate;
    const old = scalar(beta2);
    const fresh = scalar(1 - beta2);
    const rate = scalar(learningRate);
    const kept = weightDecay === 0 ? null : scalar(1 - learningRate * weightDecay);
    const average = (moment: Variable, value: Tensor): void =>
      moment.assign(add(mul(moment, old), mul(value, fresh)));

    for (const [name, raw] of gradients) {
      const gradient = clipping === null ? raw : mul(raw, clipping);
      const squared = add(square(gradient), constant(EPSILON));
      let update: Tensor;
      if (gradient.rank >= 2) {
        const row = this.moments.get(`${name}.exp_avg_sq_row`);
        const column = this.moments.get(`${name}.exp_avg_sq_col`);
        average(row, mean(squared, -1));
        average(column, mean(squared, -2));
        const byRow = rsqrt(div(row, mean(row, -1, true)));
        update = mul(mul(expandDims(byRow, -1), expandDims(rsqrt(column), -2)), gradient);
      } else {
        const second = this.moments.get(`${name}.exp_avg_sq`);
        average(second, squared);
        update = mul(rsqrt(second), gradient);
      }
      const rms = mul(sqrt(sum(square(update))), constant(1 / Math.sqrt(update.size)));
      const damping = maximum(mul(rms, constant(1 / clipThreshold)), constant(1));
      const parameter = parameters.get(name);
      const decayed: Tensor = kept === null ? parameter : mul(parameter, kept);
      parameter.assign(sub(decayed, mul(div(update, damping), rate)));
    }
  }
}
