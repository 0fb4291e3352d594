/** A T5 on a device: its weights, and the programs made for the shapes that it has met. */
import { currentExecutor } from '../device';
import type { Parameters } from '../parameters';
import type { CompileProgress, Executor, LoadedProgram } from '../program/executor';
import { whole, type View } from '../program/program';
import { scalars as slots } from '../program/scalars';
import type { Batch, NamedTensor, T5Config } from '../types';
import { Adapters, type AdapterTraining } from '../adapters/adapters';
import { Decoding, type DecodingShape } from './decoding';
import type { ArenaSet, Precision } from './layout';
import { loadWeights } from './loadWeights';
import { writeBatch, writeBuckets } from './stepInputs';
import {
  gradientProgram,
  logitsProgram,
  lossProgram,
  type Arenas,
  type StepLoss,
  type StepProgram,
  type StepShape,
} from './trainingStep';

export interface LoadedStep extends StepProgram {
  loaded: LoadedProgram;
}

/** What a program needs to train: where gradients go, the dropout that its masks are drawn with, and the loss. */
export interface TrainingArenas {
  /** Of the weights, or of the adapter that is trained in their place. */
  gradients: ArenaSet;
  dropout: number;
  /** Absent where the weights are trained. */
  adapter?: Omit<AdapterTraining, 'gradients'>;
  loss?: StepLoss;
  /** Names the teacher of the loss among all that there are. */
  teacher?: string;
  checkpoint?: boolean;
}

function trainingKey({ dropout, adapter, loss, teacher = '', checkpoint = false }: TrainingArenas): string {
  const temperature = loss && 'temperature' in loss ? loss.temperature : '';
  const beside = adapter ? `${adapter.adapter.id} ${adapter.dropout}` : '';
  return `train ${dropout} ${loss?.kind ?? 'labels'} ${temperature} ${teacher} ${checkpoint} ${beside}`;
}

/** Row counts halve while answers end, so one batch of 32 needs six shapes. */
const mostDecodings = 12;
/** Shapes of batches whose programs are kept; the one used longest ago goes. */
const mostSteps = 24;

export class T5Model {
  readonly scalars: View;
  readonly adapters: Adapters;
  /** Told how far the compilation of a step's program has come. */
  onCompile: CompileProgress | undefined;
  readonly #scalarBytes = new ArrayBuffer(slots.length * 4);
  readonly #steps = new Map<string, Promise<LoadedStep>>();
  readonly #decodings = new Map<string, Decoding>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly config: T5Config,
    readonly parameters: Parameters,
    readonly executor: Executor,
  ) {
    this.scalars = whole({ name: 'scalars', kind: 'arena', dtype: 'f32', length: slots.length });
    executor.allocate(this.scalars.buffer);
    this.adapters = new Adapters(this);
  }

  /**
   * Loads a model tensor by tensor (`loadWeights` has the rules) onto the device that is open.
   * @param config as `parseT5Config` reads it
   * @param tensors stored tensors in any order, under the names of Hugging Face
   * @param precision how the weights are kept: f16 takes half the memory, for weights that stay frozen
   * @throws Error that names the tensor that is missing, unknown, or of another shape
   */
  static async load(
    config: T5Config,
    tensors: AsyncIterable<NamedTensor> | Iterable<NamedTensor>,
    executor: Executor = currentExecutor(),
    precision: Precision = 'f32',
  ): Promise<T5Model> {
    const loaded = await loadWeights(config, tensors, executor, precision);
    return new T5Model(loaded.config, loaded.parameters, executor);
  }

  /** Numbers in all parameters together; a tied head counts once. */
  get parameterCount(): number {
    return this.parameters.size;
  }

  /** Every parameter as a host copy, one at a time, under the names of Hugging Face. */
  async *tensors(): AsyncGenerator<NamedTensor> {
    await this.enqueue(() => Promise.resolve());
    yield* this.parameters.tensors();
  }

  /**
   * Work on the device happens in the order in which it is asked for, though compiling a program for a new shape
   * takes a while: each piece waits for the one before.
   */
  enqueue<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Sets a number that recorded programs read; takes effect with `writeScalars`. */
  setScalar(slot: number, value: number, kind: 'f32' | 'u32' = 'f32'): void {
    if (kind === 'u32') new Uint32Array(this.#scalarBytes)[slot] = value;
    else new Float32Array(this.#scalarBytes)[slot] = value;
  }

  writeScalars(): void {
    this.executor.write(this.scalars, new Float32Array(this.#scalarBytes));
  }

  /** What programs read, the attached adapters included, and where the gradients of training go. */
  arenas(training?: TrainingArenas): Arenas {
    const { adapter, gradients } = training ?? {};
    const uses = this.adapters.uses(adapter && gradients && { ...adapter, gradients });
    return {
      weights: this.parameters,
      scalars: this.scalars,
      adapters: uses,
      ...(gradients && !adapter && { gradients }),
    };
  }

  /** The program that computes losses, or losses and gradients, for a shape; made once. */
  step(shape: StepShape, training?: TrainingArenas): Promise<LoadedStep> {
    const kind = training ? trainingKey(training) : 'loss';
    return this.#kept(kind, shape, () => this.loadStep(shape, training));
  }

  /** The program that computes logits for a shape; made once. */
  logitsStep(shape: StepShape): Promise<LoadedStep & { logits: View }> {
    return this.#kept('logits', shape, () => this.#load(logitsProgram(this.config, shape, this.arenas())));
  }

  #kept<Step extends LoadedStep>(kind: string, shape: StepShape, make: () => Promise<Step>): Promise<Step> {
    const key = `${kind} ${shape.B} ${shape.S} ${shape.T} ${this.adapters.key}`;
    // What is kept under a kind was made by the same function.
    const step = (this.#steps.get(key) as Promise<Step> | undefined) ?? make();
    this.#steps.delete(key);
    this.#steps.set(key, step);
    // A shape that could not be loaded is tried again when it is next asked for.
    step.catch(() => this.#steps.delete(key));
    const [oldest] = this.#steps.keys();
    if (this.#steps.size > mostSteps && oldest !== undefined) void this.#release(oldest);
    return step;
  }

  /** A step's program of its own, for the caller to unload. */
  loadStep(shape: StepShape, training?: TrainingArenas): Promise<LoadedStep> {
    const arenas = this.arenas(training);
    if (!training) return this.#load(lossProgram(this.config, shape, arenas));
    const { dropout, loss, checkpoint = false } = training;
    const how = { dropout, checkpoint, ...(loss && { loss }) };
    return this.#load(gradientProgram(this.config, shape, { ...arenas, ...how }));
  }

  async #load<Step extends StepProgram>(step: Step): Promise<Step & { loaded: LoadedProgram }> {
    const loaded = await this.executor.load(step.program, this.onCompile);
    writeBuckets(this.executor, loaded, step, this.config);
    return { ...step, loaded };
  }

  /** Runs a step's program on a batch. */
  runStep(step: LoadedStep, batch: Batch): void {
    writeBatch(this.executor, step.loaded, step.inputs, batch, this.config);
    this.executor.run(step.loaded);
  }

  /** Caches and programs for generation at a shape; the ones used longest ago go when there are too many. */
  decoding(shape: DecodingShape): Decoding {
    const key = `${shape.rows} ${shape.S} ${shape.length} ${shape.twin ?? 0} ${this.adapters.key}`;
    const kept = this.#decodings.get(key);
    this.#decodings.delete(key);
    const decoding = kept ?? new Decoding(this, shape);
    this.#decodings.set(key, decoding);
    for (const old of this.#decodings.keys()) {
      if (this.#decodings.size <= mostDecodings) break;
      this.#releaseDecoding(old);
    }
    return decoding;
  }

  #releaseDecoding(key: string): void {
    const unused = this.#decodings.get(key);
    if (!unused) return;
    this.#decodings.delete(key);
    for (const other of this.#decodings.values()) other.forget(unused);
    unused.dispose();
  }

  /** Unloads the programs that train, whose gradients are about to go; or those of one teacher. */
  releaseTraining(teacher?: string): Promise<void> {
    return this.releasePrograms(
      (key) => key.startsWith('train') && (teacher === undefined || key.split(' ').includes(teacher)),
    );
  }

  /** Unloads the programs whose keys are so: something that they use is about to go. */
  async releasePrograms(gone: (key: string) => boolean): Promise<void> {
    for (const key of [...this.#decodings.keys()].filter(gone)) this.#releaseDecoding(key);
    await Promise.all([...this.#steps.keys()].filter(gone).map((key) => this.#release(key)));
  }

  async #release(key: string): Promise<void> {
    const step = this.#steps.get(key);
    this.#steps.delete(key);
    // What failed to load holds nothing.
    const loaded = await step?.catch(() => undefined);
    if (loaded) this.executor.unload(loaded.loaded);
  }

  /** Frees everything on the device, after the work that has been asked for. */
  dispose(): Promise<void> {
    return this.enqueue(async () => {
      await Promise.all([...this.#steps.keys()].map((key) => this.#release(key)));
      for (const decoding of this.#decodings.values()) decoding.dispose();
      this.#decodings.clear();
      this.parameters.dispose();
      this.executor.free(this.scalars.buffer);
    }).catch(() => {
      // The device is gone, and everything on it.
    });
  }
}
