/** One optimiser step after another on one model. */
import type { Adapter } from './adapters/adapter';
import { piecesOf, spreadLogits, type Piece } from './contributions';
import { mix } from './ops/dropout/dropout';
import { Optimizer } from './optim/optimizer';
import { scalars as slots } from './program/scalars';
import { Parameters } from './parameters';
import { DeviceSet, DeviceSets } from './parameterSets';
import { overlay, partOf } from './t5/layout';
import type { T5Model, TrainingArenas } from './t5/model';
import type { Batch, Contribution, LossReading, NamedTensor, OptimizerSettings, ParameterSet } from './types';

export interface TrainerSettings {
  optimizer: OptimizerSettings;
  /** Steps of the learning rate schedule. */
  totalSteps: number;
  dropout: number;
  seed: number;
  /** By a weight's name, whether it is trained; all are by default. Nothing is computed or kept for the others. */
  trains?: (name: string) => boolean;
  /** Rows that go through the model at once; larger batches are cut, their gradients added up. All by default. */
  microBatch?: number;
  /** Keep less for the backward pass and compute it again: less memory, more time, the same numbers. */
  checkpoint?: boolean;
  /** An attached adapter that is trained in place of the weights, which are all frozen then. */
  adapter?: Adapter;
}

/** Dropout masks of a gradient that is no step's own are drawn from here on. */
const asideDraws = 2 ** 16;

type Mode = 'training' | 'evaluation';

/** How gradients are made, and what is done with them. */
interface Pass {
  /** Number of the step, and of the first piece's dropout masks within it. */
  index: number;
  draw: number;
  /** In evaluation there is no dropout. */
  mode: Mode;
  /** Before the first piece; after the last; after `adjust`. */
  prepare?: () => void;
  adjust?: ((gradients: ParameterSet) => void) | undefined;
  finish: () => void;
}

/** The sets over those weights of a model, or of an adapter of it, that are trained. */
export function trainedSets(
  model: T5Model,
  trains?: (name: string) => boolean,
  adapter?: Adapter,
): DeviceSets {
  const weights = (adapter ?? model).parameters;
  if (weights.layout.halves)
    throw new Error('the weights are kept in half precision, to stay as they are: train an adapter');
  return new DeviceSets(model, { weights, ...partOf(weights.layout, trains) });
}

export class Trainer {
  readonly #model: T5Model;
  readonly #sets: DeviceSets;
  readonly #ownSets: boolean;
  readonly #gradients: Parameters;
  readonly #gradientSet: DeviceSet;
  readonly #optimizer: Optimizer;
  readonly #settings: TrainerSettings;
  #stepsDone = 0;
  /** Gradients since the last step that were none of a step's own. */
  #aside = 0;
  #adjusting = false;
  #ready: Promise<void>;

  /** @param sets those of the model over the weights that this trainer trains, where they outlive it */
  constructor(model: T5Model, settings: TrainerSettings, sets?: DeviceSets) {
    this.#model = model;
    this.#settings = settings;
    this.#ownSets = sets === undefined;
    this.#sets = sets ?? trainedSets(model, settings.trains, settings.adapter);
    const { layout, runs, weights } = this.#sets.trained;
    this.#gradients = new Parameters(model.executor, layout, 'gradients');
    this.#gradientSet = this.#sets.over('gradients', this.#gradients);
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
  async prepare({ B, S, T }: { B: number; S: number; T: number }): Promise<void> {
    await this.#ready;
    const { microBatch = B } = this.#settings;
    const rest = B % microBatch;
    for (const rows of new Set([Math.min(B, microBatch), ...(rest > 0 ? [rest] : [])]))
      await this.#model.step({ B: rows, S, T }, this.#plain('training'));
  }

  /**
   * One step: loss and gradients of the batch, clipping, the optimiser. Steps run in the order of the calls; the
   * call returns at once, and the loss may be read some steps later.
   */
  step(batch: Batch): LossReading {
    return this.stepOf([{ batch }]);
  }

  /**
   * One step whose loss has several parts: their gradients add up, `adjust` may change them, and the optimiser
   * clips them and moves the weights.
   * @param adjust called at once, to ask for operations on sets
   * @returns the loss in nats: the sum of each part's mean over its target tokens times its weight
   */
  stepOf(contributions: readonly Contribution[], adjust?: (gradients: ParameterSet) => void): LossReading {
    const pieces = piecesOf(contributions, this.#settings.microBatch);
    const index = this.#stepsDone++;
    this.#aside = 0;
    const update = (): void => this.#optimizer.update();
    return this.#accumulate(pieces, {
      index,
      draw: 0,
      mode: 'training',
      prepare: () => this.#optimizer.setScalars(index),
      adjust,
      finish: update,
    });
  }

  /**
   * The gradient of some contributions, without a step: `use` is called at once, to ask for operations on sets
   * that read it; then it is cleared.
   * @param mode in evaluation there is no dropout
   */
  gradient(
    contributions: readonly Contribution[],
    use: (gradients: ParameterSet) => void,
    mode: Mode = 'training',
  ): LossReading {
    const pieces = piecesOf(contributions, this.#settings.microBatch);
    const draw = asideDraws + this.#aside;
    if (mode === 'training') this.#aside += pieces.length;
    return this.#accumulate(pieces, {
      index: this.#stepsDone,
      draw,
      mode,
      adjust: use,
      finish: () => this.#clear(),
    });
  }

  #clear(): void {
    for (const view of this.#gradients.views()) this.#model.executor.clear(view);
  }

  #accumulate(pieces: readonly Piece[], s: Pass): LossReading {
    if (this.#adjusting) throw new Error('the gradients of one step are at hand: no other can begin');
    const model = this.#model;
    const ready = this.#ready;
    let failed = true;
    const losses = model.enqueue(async () => {
      await ready;
      this.#sets.check();
      s.prepare?.();
      if (pieces.length === 0) model.writeScalars();
      const readings: { piece: Piece; reading: Promise<Float32Array> }[] = [];
      try {
        for (const [i, piece] of pieces.entries())
          readings.push({ piece, ...(await this.#runPiece(piece, s, s.draw + i)) });
      } catch (error) {
        this.#clear();
        throw error;
      }
      failed = false;
      if (!s.adjust) s.finish();
      return readings;
    });
    let finished: Promise<void> | undefined;
    if (s.adjust) {
      this.#adjusting = true;
      try {
        s.adjust(this.#gradientSet);
      } finally {
        this.#adjusting = false;
        finished = model.enqueue(() => {
          this.#sets.check();
          if (!failed) s.finish();
          return Promise.resolve();
        });
      }
      finished.catch(() => undefined);
    }
    // A loss that nobody reads must not become an unhandled rejection.
    losses.catch(() => undefined);
    return {
      value: async () => {
        const readings = await losses;
        await finished;
        let loss = 0;
        for (const { piece, reading } of readings) {
          const sum = (await reading).reduce((a, x) => a + x, 0);
          // With a match, the rows' losses are weighted already.
          loss += (piece.match ? 1 : piece.weight) * (sum / piece.tokens);
        }
        return loss;
      },
      discard: () => undefined,
    };
  }

  /** Adds the gradient of a piece. */
  async #runPiece(
    piece: Piece,
    { index, mode }: Pass,
    draw: number,
  ): Promise<{ reading: Promise<Float32Array> }> {
    const model = this.#model;
    const { batch, match, given } = piece;
    const shape = { B: batch.rows, S: batch.sourceLength, T: batch.targetLength };
    const step = await model.step(shape, this.#training(piece, mode));
    const ofStep = (mix(this.#settings.seed >>> 0) + index) >>> 0;
    const seed = draw === 0 ? mix(ofStep) : mix((mix(ofStep) + draw) >>> 0);
    model.setScalar(slots.dropoutSeed, seed, 'u32');
    model.setScalar(slots.lossScale, (match ? 1 : piece.weight) / piece.tokens);
    model.setScalar(slots.crossEntropyWeight, piece.weight);
    model.setScalar(slots.matchWeight, match?.weight ?? 0);
    model.setScalar(slots.sampleSeed, piece.sampleSeed ?? 0, 'u32');
    if (given && step.inputs.given)
      model.executor.write(
        step.inputs.given,
        await spreadLogits(given, batch, model.config.vocabSize),
        step.loaded,
      );
    model.writeScalars();
    model.runStep(step, batch);
    return { reading: model.executor.read(step.inputs.rowLoss, step.loaded) };
  }

  #plain(mode: Mode): TrainingArenas {
    const { dropout, adapter, checkpoint = false } = this.#settings;
    const drops = (rate: number): number => (mode === 'training' ? rate : 0);
    const beside = adapter && { adapter: { adapter, dropout: drops(adapter.settings.dropout) } };
    return { gradients: this.#gradients, dropout: drops(dropout), checkpoint, ...beside };
  }

  /** The program that a piece calls for. */
  #training({ match, sampleSeed }: Piece, mode: Mode): TrainingArenas {
    const plain = this.#plain(mode);
    if (sampleSeed !== undefined) return { ...plain, loss: { kind: 'sampled' } };
    if (!match) return plain;
    if (match.kind === 'logits') return { ...plain, loss: { kind: 'logits' } };
    const { teacher, temperature } = match;
    if (!teacher) return { ...plain, loss: { kind: 'distillation', temperature } };
    if (!(teacher instanceof DeviceSet) || teacher.gone)
      throw new Error('the teacher is no parameter set of this learner, or has been disposed of');
    const weights = overlay(this.#sets.trained.weights, teacher.parameters);
    return { ...plain, loss: { kind: 'distillation', temperature, teacher: weights }, teacher: teacher.id };
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
    if (this.#ownSets) this.#sets.dispose();
    return model
      .enqueue(async () => {
        await model.releaseTraining();
        this.#optimizer.dispose();
        await this.#sets.forget(this.#gradientSet);
        this.#gradients.dispose();
      })
      .catch(() => {
        // The device is gone, and everything on it.
      });
  }
}
