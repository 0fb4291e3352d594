import type { Parameters } from '../parameters';
import { tensor, tidy, variable, zeros, type Scalar, type Tensor, type Variable } from '../tf';
import type { NamedTensor, OptimizerSettings } from '../types';
import { AdamW } from './adamw';
import { Adafactor } from './adafactor';

/** One rule for updating parameters, with what it remembers of earlier steps. */
export interface Optimizer {
  /**
   * Updates every parameter that has a gradient. Called inside a tidy.
   * @param gradients by parameter name, before clipping
   * @param learningRate of this step
   * @param step this one's number, counted from 1
   * @param clipping multiplies every gradient; null for none
   */
  update(
    parameters: Parameters,
    gradients: Map<string, Tensor>,
    learningRate: number,
    step: number,
    clipping: Scalar | null,
  ): void;
  readonly moments: Moments;
}

/** An optimiser for the parameters of a model, as if no step had been done. */
export function makeOptimizer(settings: OptimizerSettings, parameters: Parameters): Optimizer {
  return settings.name === 'adamw' ? new AdamW(settings, parameters) : new Adafactor(settings, parameters);
}

/** What an optimiser remembers: named tensors on the device, zero before the first step. */
export class Moments {
  readonly #variables = new Map<string, Variable>();

  add(name: string, shape: number[]): void {
    this.#variables.set(
      name,
      tidy(() => variable(zeros(shape), false)),
    );
  }

  get(name: string): Variable {
    const found = this.#variables.get(name);
    if (found === undefined) throw new Error(`the optimiser has no state ${name}`);
    return found;
  }

  /** Host copies, one at a time. */
  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const [name, moment] of this.#variables) {
      const data = (await moment.data<'float32'>()).slice();
      yield { name, shape: moment.shape.slice(), data };
    }
  }

  /**
   * Takes back what `tensors` gave.
   * @throws Error that names a tensor that is missing, unknown or of another shape; nothing is changed then
   */
  restore(tensors: Iterable<NamedTensor>): void {
    const given = new Map([...tensors].map((t) => [t.name, t]));
    for (const [name, moment] of this.#variables) {
      const found = given.get(name);
      if (found === undefined) throw new Error(`the optimiser's state lacks ${name}`);
      if (found.shape.join() !== moment.shape.join())
        throw new Error(
          `${name} is [${found.shape.join()}] where the optimiser has [${moment.shape.join()}]`,
        );
    }
    for (const name of given.keys())
      if (!this.#variables.has(name)) throw new Error(`the optimiser has no state ${name}`);
    for (const [name, moment] of this.#variables) {
      const { data, shape } = given.get(name)!;
      tidy(() => moment.assign(tensor(data, shape, 'float32')));
    }
  }

  dispose(): void {
    for (const moment of this.#variables.values()) moment.dispose();
    this.#variables.clear();
  }
}
