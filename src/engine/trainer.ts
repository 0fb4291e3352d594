/** One optimiser step after another on one model. */
import { mix } from './ops/dropout/dropout';
import { Optimizer } from './optim/optimizer';
import { scalars as slots } from './program/scalars';
import { Parameters } from './parameters';
import { partOf } from './t5/layout';
import type { T5Model } from './t5/model';
import type { Batch, NamedTensor, OptimizerSettings } from './types';

export interface TrainerSettings {
  optimizer: OptimizerSettings;
  /** Steps of the learning rate schedule. */
  totalSteps: number;
  dropout: number;
  seed: number;
  /** By a weight's name, whether it is trained; all are by default. Nothing is computed or kept for the others. */
  trains?: (name: string) => boolean;
}

/** The mean loss of one step in nats a target token, on its way from the device. */
export interface LossReading {
  value(): Promise<number>;
  discard(): void;
}

export class Trainer {
  readonly #model: T5Model;
  readonly #gradients: Parameters;
  readonly #optimizer: Optimizer;
  readonly #settings: TrainerSettings;
  #stepsDone = 0;
  #ready: Promise<void>;

  constructor(model: T5Model, settings: TrainerSettings) {
    this.#model = model;
    this.#settings = settings;
    const weights = model.parameters;
    const { layout, runs } = partOf(weights.layout, settings.trains);
    this.#gradients = new Parameters(model.executor, layout, 'gradients');
    const trained = { weights, runs, gradients: this.#gradients };
    this.#optimizer = new Optimizer(model, trained, settings.optimizer, settings.totalSteps);
    this.#ready = model.enqueue(() => this.#optimizer.load());
    this.#ready.catch(() => undefined);
  }

  get stepsDone(): number {
    return this.#stepsDone;
  }

  learningRate(step: number): number {
    return this.#optimizer.learningRate(step);
  }

  /** Compiles what a batch of this shape needs, so that its first step does not wait. */
  async prepare(shape: { B: number; S: number; T: number }): Promise<void> {
    await this.#ready;
    await this.#model.step(shape, { gradients: this.#gradients, dropout: this.#settings.dropout });
  }

  /**
   * One step: loss and gradients of the batch, clipping, the optimiser. Steps run in the order of the calls; the
   * call returns at once, and the loss may be read some steps later.
   */
  step(batch: Batch): LossReading {
    const index = this.#stepsDone++;
    const model = this.#model;
    const shape = { B: batch.rows, S: batch.sourceLength, T: batch.targetLength };
    const tokens = batch.labels.reduce((n, label) => n + (label >= 0 ? 1 : 0), 0);
    const ready = this.#ready;
    const losses = model.enqueue(async () => {
      await ready;
      const step = await model.step(shape, { gradients: this.#gradients, dropout: this.#settings.dropout });
      model.setScalar(slots.dropoutSeed, mix((mix(this.#settings.seed >>> 0) + index) >>> 0), 'u32');
      model.setScalar(slots.lossScale, 1 / Math.max(1, tokens));
      this.#optimizer.setScalars(index);
      model.writeScalars();
      model.runStep(step, batch);
      const reading = model.executor.read(step.inputs.rowLoss, step.loaded);
      this.#optimizer.update();
      return { reading };
    });
    // A loss that nobody reads must not become an unhandled rejection.
    losses.catch(() => undefined);
    return {
      value: async () => {
        const rows = await (await losses).reading;
        return rows.reduce((sum, x) => sum + x, 0) / Math.max(1, tokens);
      },
      discard: () => undefined,
    };
  }

  /** Everything the optimiser holds beside the weights. */
  async *state(): AsyncGenerator<NamedTensor> {
    await this.#model.enqueue(() => Promise.resolve());
    yield* this.#optimizer.state();
  }

  /**
   * Puts a state back; the next step is number `stepsDone`.
   * @throws Error that names the tensor that is missing, unknown or of another shape; nothing has changed then
   */
  restore(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    if (!Number.isInteger(stepsDone) || stepsDone < 0) throw new RangeError(`${stepsDone} steps done`);
    const kept = [...tensors];
    const missing = this.#optimizer.stateShapes;
    for (const { name, shape } of kept) {
      const expected = missing.get(name);
      if (!expected) throw new Error(`the state of ${this.#settings.optimizer.name} has no tensor ${name}`);
      if (expected.join() !== shape.join())
        throw new Error(`${name} of the optimiser is [${shape.join()}], expected [${expected.join()}]`);
      missing.delete(name);
    }
    const [first] = missing.keys();
    if (first !== undefined) throw new Error(`the state of ${this.#settings.optimizer.name} lacks ${first}`);
    this.#stepsDone = stepsDone;
    this.#ready = Promise.all([this.#ready, this.#model.enqueue(() => this.#optimizer.restore(kept))]).then(
      () => undefined,
    );
    this.#ready.catch(() => undefined);
  }

  /** Frees what training holds, after the steps that have been asked for; the model stays. */
  dispose(): Promise<void> {
    const model = this.#model;
    return model
      .enqueue(async () => {
        await model.releaseTraining();
        this.#optimizer.dispose();
        this.#gradients.dispose();
      })
      .catch(() => {
        // The device is gone, and everything on it.
      });
  }
}
