/** A T5 on a device: its weights, and the programs made for the shapes that it has met. */
import type { Executor, LoadedProgram } from '../program/executor';
import { whole, type View } from '../program/program';
import { scalars as scalarSlots } from '../program/scalars';
import type { Batch, NamedTensor, T5Config } from '../types';
import { Decoding, type DecodingShape } from './decoding';
import { ArenaSet, layOut, type Layout } from './layout';
import { writeBatch, writeBuckets } from './stepInputs';
import { gradientProgram, lossProgram, type StepProgram, type StepShape } from './trainingStep';

export interface LoadedStep extends StepProgram {
  loaded: LoadedProgram;
}

/** Row counts halve while answers end, so one batch of 32 needs six shapes. */
const mostDecodings = 12;

export class T5Model {
  readonly layout: Layout;
  readonly weights: ArenaSet;
  readonly scalars: View;
  readonly #scalarBytes = new ArrayBuffer(scalarSlots.length * 4);
  readonly #steps = new Map<string, Promise<LoadedStep>>();
  readonly #decodings = new Map<string, Decoding>();
  #last: Promise<unknown> = Promise.resolve();

  private constructor(
    readonly config: T5Config,
    readonly executor: Executor,
  ) {
    this.layout = layOut(config);
    this.weights = new ArenaSet(this.layout, 'weights');
    this.scalars = whole({ name: 'scalars', kind: 'arena', dtype: 'f32', length: scalarSlots.length });
    for (const buffer of this.weights.buffers) executor.allocate(buffer);
    executor.allocate(this.scalars.buffer);
  }

  /**
   * Takes the tensors one at a time, so that no more than one of them is held beside the weights.
   * @throws Error naming a tensor that is missing, unknown or of another shape
   */
  static async load(
    config: T5Config,
    tensors: AsyncIterable<NamedTensor> | Iterable<NamedTensor>,
    executor: Executor,
  ): Promise<T5Model> {
    const model = new T5Model(config, executor);
    const places = new Map(model.layout.tensors.map((place) => [place.name, place]));
    for await (const tensor of tensors) {
      const place = places.get(tensor.name);
      if (!place) throw new Error(`unknown weight ${tensor.name}`);
      await model.assign(tensor.name, tensor.data);
      places.delete(tensor.name);
    }
    if (places.size > 0) throw new Error(`missing weights: ${[...places.keys()].join(', ')}`);
    return model;
  }

  get parameterCount(): number {
    return this.layout.parameterCount;
  }

  /** Writes one tensor. Its group is read back first where the tensor does not start on a bindable offset. */
  async assign(name: string, data: Float32Array, set: ArenaSet = this.weights): Promise<void> {
    const place = this.layout.tensors.find((t) => t.name === name);
    const buffer = place && set.buffers[place.arena];
    if (!buffer) throw new Error(`unknown weight ${name}`);
    const length = place.shape.reduce((a, b) => a * b, 1);
    if (data.length !== length) throw new Error(`${name} has ${data.length} numbers, expected ${length}`);
    const start = Math.floor(place.offset / 64) * 64;
    if (start === place.offset) {
      this.executor.write({ buffer, offset: start, length }, data);
      return;
    }
    const view = { buffer, offset: start, length: place.offset - start + length };
    const bytes = await this.executor.read(view);
    bytes.set(data, place.offset - start);
    this.executor.write(view, bytes);
  }

  /** Host copies of all tensors of a set, under their Hugging Face names, one at a time. */
  async *tensors(set: ArenaSet = this.weights): AsyncGenerator<NamedTensor> {
    for (const { name, shape, arena, offset } of this.layout.tensors) {
      const buffer = set.buffers[arena];
      if (!buffer) throw new Error(`no arena ${arena}`);
      const length = shape.reduce((a, b) => a * b, 1);
      const start = Math.floor(offset / 64) * 64;
      const data = await this.executor.read({ buffer, offset: start, length: offset - start + length });
      yield { name, shape, data: data.subarray(offset - start) };
    }
  }

  /** Sets a number that recorded programs read; takes effect with `writeScalars`. */
  setScalar(slot: number, value: number, kind: 'f32' | 'u32' = 'f32'): void {
    if (kind === 'u32') new Uint32Array(this.#scalarBytes)[slot] = value;
    else new Float32Array(this.#scalarBytes)[slot] = value;
  }

  writeScalars(): void {
    this.executor.write(this.scalars, new Float32Array(this.#scalarBytes));
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

  /** The program that computes losses, or losses and gradients, for a shape; made once. */
  step(shape: StepShape, training?: { gradients: ArenaSet; dropout: number }): Promise<LoadedStep> {
    const key = `${training ? `train ${training.dropout}` : 'loss'} ${shape.B} ${shape.S} ${shape.T}`;
    let step = this.#steps.get(key);
    if (!step) {
      step = this.loadStep(shape, training);
      this.#steps.set(key, step);
    }
    return step;
  }

  /** A step's program of its own, for the caller to unload. */
  async loadStep(shape: StepShape, training?: { gradients: ArenaSet; dropout: number }): Promise<LoadedStep> {
    const arenas = { weights: this.weights, scalars: this.scalars };
    const step = training
      ? gradientProgram(this.config, shape, { ...arenas, ...training })
      : lossProgram(this.config, shape, arenas);
    const loaded = await this.executor.load(step.program);
    writeBuckets(this.executor, loaded, step.inputs, this.config);
    return { ...step, loaded };
  }

  /** Runs a step's program on a batch; the losses are read with `rowLosses`. */
  runStep(step: LoadedStep, batch: Batch): void {
    writeBatch(this.executor, step.loaded, step.inputs, batch, this.config);
    this.executor.run(step.loaded);
  }

  /** Caches and programs for generation at a shape; the ones used longest ago go when there are too many. */
  decoding(shape: DecodingShape): Decoding {
    const key = `${shape.rows} ${shape.S} ${shape.length} ${shape.twin ?? 0}`;
    const kept = this.#decodings.get(key);
    this.#decodings.delete(key);
    const decoding = kept ?? new Decoding(this, shape);
    this.#decodings.set(key, decoding);
    for (const [old, unused] of this.#decodings) {
      if (this.#decodings.size <= mostDecodings) break;
      this.#decodings.delete(old);
      for (const other of this.#decodings.values()) other.forget(unused);
      unused.dispose();
    }
    return decoding;
  }

  /** Unloads the programs that train, whose gradients are about to go. */
  releaseTraining(): void {
    for (const [key, step] of this.#steps)
      if (key.startsWith('train')) {
        this.#steps.delete(key);
        void step.then(({ loaded }) => this.executor.unload(loaded));
      }
  }

  dispose(): void {
    for (const decoding of this.#decodings.values()) decoding.dispose();
    for (const step of this.#steps.values()) void step.then(({ loaded }) => this.executor.unload(loaded));
    for (const buffer of this.weights.buffers) this.executor.free(buffer);
    this.executor.free(this.scalars.buffer);
  }
}
