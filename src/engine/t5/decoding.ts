/** Answers in the making, on the device: caches, positions, rows that have ended dropped. */
import type { LoadedProgram } from '../program/executor';
import type { View } from '../program/program';
import {
  answerLossProgram,
  decodingState,
  encodeProgram,
  gatherProgram,
  positionProgram,
  stateViews,
  type AnswerLossInputs,
  type DecodingState,
} from './decodingPrograms';
import type { T5Model } from './model';
import type { Arenas } from './trainingStep';
import { relativeBuckets } from './bias';
import { shiftRight } from './stepInputs';

export interface DecodingShape {
  rows: number;
  S: number;
  /** Most tokens of an answer. */
  length: number;
  /** Tells decodings of one shape apart that are in use together; 0 by default. */
  twin?: number;
}

/** Programs and caches for answers to `rows` prompts of S tokens; kept by the model and used again. */
export class Decoding {
  readonly state: DecodingState;
  /** The adapters are those that are attached now; others get a decoding of their own. */
  readonly #arenas: Arenas;
  #encode: { loaded: LoadedProgram; source: View } | undefined;
  readonly #positions = new Map<string, LoadedProgram>();
  /** By the length of the answers. */
  readonly #losses = new Map<number, { loaded: LoadedProgram; inputs: AnswerLossInputs }>();
  readonly #gathers = new Map<Decoding, Map<boolean, { loaded: LoadedProgram; index: View }>>();

  constructor(
    readonly model: T5Model,
    readonly shape: DecodingShape,
  ) {
    this.state = decodingState(model.config, shape);
    this.#arenas = model.arenas();
    for (const view of stateViews(this.state)) model.executor.allocate(view.buffer);
    model.executor.write(this.state.ones, new Float32Array(this.state.ones.length).fill(1));
    this.writeIds(0, new Uint32Array(shape.rows).fill(model.config.decoderStartTokenId));
  }

  #buckets(queries: number, keys: number, bothWays: boolean, firstQuery = 0): Int32Array {
    const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: farthest } =
      this.model.config;
    return relativeBuckets(queries, keys, bothWays, buckets, farthest, firstQuery);
  }

  /** Sources [rows, S] and their mask; fills the caches of cross-attention. */
  async encode(source: Uint32Array, mask: Float32Array): Promise<void> {
    const { executor, config } = this.model;
    if (!this.#encode) {
      const { program, source: view, buckets } = encodeProgram(config, this.state, this.#arenas);
      const loaded = await executor.load(program);
      const { S } = this.state;
      executor.write(buckets, this.#buckets(S, S, true), loaded);
      this.#encode = { loaded, source: view };
    }
    executor.write(this.#encode.source, source, this.#encode.loaded);
    executor.write(this.state.sourceMask, mask);
    executor.run(this.#encode.loaded);
  }

  /** Computes the logits after position t from the ids at t; with `greedy` also the ids at t + 1. */
  async position(t: number, greedy: boolean): Promise<void> {
    const { executor, config } = this.model;
    const key = `${greedy} ${t}`;
    let loaded = this.#positions.get(key);
    if (!loaded) {
      const { program, buckets } = positionProgram(config, this.state, t, greedy, this.#arenas);
      loaded = await executor.load(program);
      executor.write(buckets, this.#buckets(1, t + 1, false, t), loaded);
      this.#positions.set(key, loaded);
    }
    executor.run(loaded);
  }

  /**
   * Loss of given answers to the sources that are encoded.
   * @param labels [rows, T], −100 where there is no token
   * @returns [rows, T] nats, 0 where there is no token; the read is under way when it is given
   */
  async answerLoss(labels: Int32Array, T: number): Promise<{ reading: Promise<Float32Array> }> {
    const { executor, config } = this.model;
    let loss = this.#losses.get(T);
    if (!loss) {
      const { program, inputs } = answerLossProgram(config, this.state, T, this.#arenas);
      loss = { loaded: await executor.load(program), inputs };
      executor.write(inputs.buckets, this.#buckets(T, T, false), loss.loaded);
      executor.write(inputs.decoderMask, new Float32Array(labels.length).fill(1), loss.loaded);
      this.#losses.set(T, loss);
    }
    const { loaded, inputs } = loss;
    executor.write(inputs.decoderIds, shiftRight(labels, T, config), loaded);
    executor.write(inputs.labels, labels, loaded);
    executor.run(loaded);
    return { reading: executor.read(inputs.rowLoss, loaded) };
  }

  writeIds(t: number, ids: Uint32Array): void {
    const { ids: view, rowsPadded } = this.state;
    this.model.executor.write({ buffer: view.buffer, offset: t * rowsPadded, length: ids.length }, ids);
  }

  /** Ids at positions from..to−1, each position's rows together. */
  async readIds(from: number, to: number): Promise<Uint32Array[]> {
    const { ids: view, rowsPadded, rows } = this.state;
    const range = { buffer: view.buffer, offset: from * rowsPadded, length: (to - from) * rowsPadded };
    const ids = await this.model.executor.readUint32(range);
    return Array.from({ length: to - from }, (_, i) => ids.subarray(i * rowsPadded, i * rowsPadded + rows));
  }

  /** [rows, vocab]. */
  logits(): Promise<Float32Array> {
    return this.model.executor.read(this.state.logits);
  }

  /** Copies the caches of rows `index` into `to`; with `cross` those of the source as well. */
  async gather(to: Decoding, index: Uint32Array, cross: boolean): Promise<void> {
    const { executor, config, scalars } = this.model;
    const kinds = this.#gathers.get(to) ?? new Map<boolean, { loaded: LoadedProgram; index: View }>();
    this.#gathers.set(to, kinds);
    let gather = kinds.get(cross);
    if (!gather) {
      const { program, index: view } = gatherProgram(config, this.state, to.state, scalars, { cross });
      gather = { loaded: await executor.load(program), index: view };
      kinds.set(cross, gather);
    }
    executor.write(gather.index, index, gather.loaded);
    executor.run(gather.loaded);
  }

  /** Unloads the program that copies into a decoding which is about to go. */
  forget(to: Decoding): void {
    for (const gather of this.#gathers.get(to)?.values() ?? []) this.model.executor.unload(gather.loaded);
    this.#gathers.delete(to);
  }

  /** Bytes of caches and ids. */
  get bytes(): number {
    return stateViews(this.state).reduce((sum, view) => sum + view.length * 4, 0);
  }

  dispose(): void {
    const { executor } = this.model;
    const loaded = [
      this.#encode?.loaded,
      ...this.#positions.values(),
      ...[...this.#losses.values()].map((loss) => loss.loaded),
      ...[...this.#gathers.values()].flatMap((kinds) => [...kinds.values()].map((g) => g.loaded)),
    ];
    for (const program of loaded) if (program) executor.unload(program);
    for (const view of stateViews(this.state)) executor.free(view.buffer);
  }
}
