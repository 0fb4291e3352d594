import { crossEntropy } from './ops/crossEntropy/crossEntropy';
import { Arena } from './optim/arena';
import { clippingFactor } from './optim/clipping';
import { makeOptimizer, type Optimizer } from './optim/optimizer';
import { learningRateFactor } from './optim/schedules';
import { forward } from './t5/forward';
import type { T5Model } from './t5/model';
import { trainingPass, type DropoutSettings } from './t5/pass';
import { keep, tidy, variableGrads, type Scalar, type Tensor, type Tensor1D } from './tf';
import type { Batch, NamedTensor, OptimizerSettings } from './types';

export interface TrainerSettings {
  optimizer: OptimizerSettings;
  /** Steps of the learning-rate schedule. */
  totalSteps: number;
  /** Share of values dropped; 0 for none. */
  dropout: number;
  seed: number;
}

/**
 * Trains every parameter of a model. What a step does depends on the parameters, the optimiser's state, the
 * batch, the seed and the step's number alone, so that a restored trainer goes on exactly, on the same backend.
 */
export class Trainer {
  readonly #model: T5Model;
  readonly #settings: TrainerSettings;
  readonly #arena: Arena;
  readonly #optimizer: Optimizer;
  #stepsDone = 0;

  constructor(model: T5Model, settings: TrainerSettings) {
    this.#model = model;
    this.#settings = settings;
    this.#arena = new Arena(model.parameters);
    this.#optimizer = makeOptimizer(settings.optimizer, model.parameters, this.#arena);
  }

  get stepsDone(): number {
    return this.#stepsDone;
  }

  /** One training step, in the order in which it happens. Nothing is read back from the device. */
  step(batch: Batch): LossReading {
    const { optimizer: rule, totalSteps, dropout: rate, seed } = this.#settings;
    const { parameters } = this.#model;
    const step = this.#stepsDone;
    const loss = tidy(() => {
      // 1. Forward, loss, and back along the tape.
      const { loss, gradients } = lossAndGradients(this.#model, batch, { rate, seed, step });
      // 2. Clip by the norm of all gradients together.
      const groups = this.#joined(gradients);
      const clipping = rule.clipNorm > 0 ? clippingFactor(groups, rule.clipNorm) : null;
      // 3. The learning rate of this step, and the optimiser's rule for every parameter.
      const learningRate = rule.learningRate * learningRateFactor(rule.schedule, step, totalSteps);
      this.#optimizer.update({ parameters, gradients, groups, learningRate, step: step + 1, clipping });
      return keep(loss);
    });
    this.#stepsDone = step + 1;
    return new DeviceLoss(loss);
  }

  /** Gradients end to end, where something is done to all of them at once. */
  #joined(gradients: Map<string, Tensor>): Tensor1D[] {
    const { name, clipNorm } = this.#settings.optimizer;
    if (name === 'adafactor' && clipNorm === 0) return [];
    return this.#arena.groups.map((group) => this.#arena.join(group, (member) => gradients.get(member)!));
  }

  /** What the optimiser remembers, as host copies, one at a time. With `stepsDone` it is all a resume needs. */
  state(): AsyncGenerator<NamedTensor> {
    return this.#optimizer.moments.tensors();
  }

  /**
   * Goes on where another trainer of the same model and settings was.
   * @param tensors what its `state` gave
   * @throws Error when the tensors are not such a trainer's; nothing is changed then
   */
  restore(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    if (!Number.isInteger(stepsDone) || stepsDone < 0)
      throw new RangeError(`stepsDone is ${stepsDone}; expected a whole number`);
    this.#optimizer.moments.restore(tensors);
    this.#stepsDone = stepsDone;
  }

  dispose(): void {
    this.#optimizer.moments.dispose();
  }
}

/**
 * The mean loss of a batch and its gradient by every parameter. Call it inside a tidy.
 * @returns loss in nats a token; gradients by name, each of its parameter's shape
 */
export function lossAndGradients(
  model: T5Model,
  batch: Batch,
  dropout: DropoutSettings,
): { loss: Scalar; gradients: Map<string, Tensor> } {
  const { config, parameters } = model;
  const variables = [...parameters.entries()];
  const { value, grads } = variableGrads(
    () => {
      const pass = trainingPass(config, parameters, dropout);
      return crossEntropy(forward(pass, batch).logits, batch.labels);
    },
    variables.map(([, variable]) => variable),
  );
  const gradients = new Map<string, Tensor>();
  for (const [name, variable] of variables) {
    const gradient = grads[variable.name];
    if (gradient === undefined) throw new Error(`the loss does not depend on ${name}`);
    gradients.set(name, gradient);
  }
  return { loss: value, gradients };
}

/** The loss of a step, still on the device: read it some steps late, so that the device need not wait. */
export interface LossReading {
  /** Nats a token. The reading frees itself once read, and can be read once. */
  value(): Promise<number>;
  /** Frees it unread. */
  discard(): void;
}

class DeviceLoss implements LossReading {
  readonly #loss: Scalar;

  constructor(loss: Scalar) {
    this.#loss = loss;
  }

  async value(): Promise<number> {
    const [value] = await this.#loss.data();
    this.#loss.dispose();
    return value!;
  }

  discard(): void {
    this.#loss.dispose();
  }
}
