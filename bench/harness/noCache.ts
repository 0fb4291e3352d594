/**
 * Greedy generation without a key/value cache, on our engine: the encoder's output is kept, and for every token the
 * decoder runs over the whole prefix, with logits at all positions.
 */
import { argmax } from '../../src/engine/ops/argmax/argmax';
import { embedding } from '../../src/engine/ops/embedding/embedding';
import { axpy } from '../../src/engine/ops/vector/vector';
import type { LoadedProgram } from '../../src/engine/program/executor';
import { ProgramBuilder, whole, type View } from '../../src/engine/program/program';
import { relativeBuckets } from '../../src/engine/t5/bias';
import type { Build } from '../../src/engine/t5/build';
import { logitsOf } from '../../src/engine/t5/head';
import type { T5Model } from '../../src/engine/t5/model';
import { stackForward } from '../../src/engine/t5/stack';

interface Prefix {
  loaded: LoadedProgram;
  ids: View;
  next: View;
}

/** For `rows` sources of S tokens. */
export class NoCache {
  readonly #encoded: View;
  readonly #mask: View;
  #encoder: { loaded: LoadedProgram; source: View } | undefined;
  readonly #prefixes = new Map<number, Prefix>();

  constructor(
    readonly model: T5Model,
    readonly rows: number,
    readonly S: number,
  ) {
    const arena = (name: string, length: number): View => {
      const view = whole({ name, kind: 'arena', dtype: 'f32', length });
      model.executor.allocate(view.buffer);
      return view;
    };
    this.#encoded = arena('encoded', rows * S * model.config.dModel);
    this.#mask = arena('encodedMask', rows * S);
  }

  #build(p: ProgramBuilder): Build {
    const { config, parameters: weights, scalars } = this.model;
    return { p, config, weights, scalars, rate: 0, nextSite: () => 0 };
  }

  #buckets(length: number, bothWays: boolean): Int32Array {
    const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: farthest } =
      this.model.config;
    return relativeBuckets(length, length, bothWays, buckets, farthest);
  }

  /** @param source [rows, S] ids, and their mask */
  async #encode(source: Uint32Array, mask: Float32Array): Promise<void> {
    const { executor } = this.model;
    const { rows, S } = this;
    if (!this.#encoder) {
      const p = new ProgramBuilder('encode once');
      const ids = p.input('source', rows * S, 'u32');
      const buckets = p.input('buckets', S * S, 'u32');
      const inputs = { side: 'encoder', B: rows, T: S, ids, buckets, mask: this.#mask } as const;
      const { output } = stackForward(this.#build(p), inputs);
      axpy(p, output, this.#encoded, output.length, 1, 0);
      const loaded = await executor.load(p.build());
      executor.write(buckets, this.#buckets(S, true), loaded);
      this.#encoder = { loaded, source: ids };
    }
    executor.write(this.#mask, mask);
    executor.write(this.#encoder.source, source, this.#encoder.loaded);
    executor.run(this.#encoder.loaded);
  }

  /** The program that goes from t ids a row to the id after them. */
  async #prefix(t: number): Promise<Prefix> {
    const kept = this.#prefixes.get(t);
    if (kept) return kept;
    const { config, executor, scalars } = this.model;
    const { rows, S } = this;
    const p = new ProgramBuilder(`prefix ${t}`);
    const b = this.#build(p);
    const ids = p.input('ids', rows * t, 'u32');
    const buckets = p.input('buckets', t * t, 'u32');
    const mask = p.input('mask', rows * t);
    const last = p.input('last', rows, 'u32');
    const next = p.output('next', rows, 'u32');
    const encoded = { states: this.#encoded, mask: this.#mask, S };
    const { output } = stackForward(b, { side: 'decoder', B: rows, T: t, ids, buckets, mask, encoded });
    const logits = p.scratch('logits', rows * t * config.vocabSize);
    logitsOf(b, output, logits, rows * t);
    const ends = p.scratch('ends', rows * config.vocabSize);
    const shape = { rows, dim: config.vocabSize, dropout: 0, site: 0 };
    embedding(p, { table: logits, ids: last, scalars, out: ends }, shape);
    argmax(p, ends, next, { rows, dim: config.vocabSize, stride: 1, first: 0 });
    const loaded = await executor.load(p.build());
    executor.write(buckets, this.#buckets(t, false), loaded);
    executor.write(mask, new Float32Array(rows * t).fill(1), loaded);
    executor.write(
      last,
      Uint32Array.from({ length: rows }, (_, row) => row * t + t - 1),
      loaded,
    );
    const prefix = { loaded, ids, next };
    this.#prefixes.set(t, prefix);
    return prefix;
  }

  /** @returns of each source the ids of its answer, without start and end */
  generate(sources: readonly number[][], maxNewTokens: number): Promise<number[][]> {
    return this.model.enqueue(async () => {
      const { rows, S } = this;
      const { decoderStartTokenId, eosTokenId, padTokenId } = this.model.config;
      const ids = new Uint32Array(rows * S).fill(padTokenId);
      const mask = new Float32Array(rows * S);
      sources.forEach((source, row) => {
        ids.set(source, row * S);
        mask.fill(1, row * S, row * S + source.length);
      });
      await this.#encode(ids, mask);
      const written = Array.from({ length: rows }, () => [decoderStartTokenId]);
      const open = new Set(sources.keys());
      for (let t = 1; t <= maxNewTokens && open.size > 0; t++) {
        const prefix = await this.#prefix(t);
        const { executor } = this.model;
        executor.write(prefix.ids, Uint32Array.from(written.flat()), prefix.loaded);
        executor.run(prefix.loaded);
        const next = await executor.readUint32(prefix.next, prefix.loaded);
        written.forEach((answer, row) => {
          answer.push(next[row]!);
          if (next[row] === eosTokenId) open.delete(row);
        });
      }
      return sources.map((_, row) => {
        const answer = written[row]!.slice(1);
        const end = answer.indexOf(eosTokenId);
        return (end < 0 ? answer : answer.slice(0, end)).filter((id) => id !== padTokenId);
      });
    });
  }

  dispose(): void {
    const { executor } = this.model;
    const loaded = [this.#encoder?.loaded, ...[...this.#prefixes.values()].map((prefix) => prefix.loaded)];
    for (const program of loaded) if (program) executor.unload(program);
    executor.free(this.#encoded.buffer);
    executor.free(this.#mask.buffer);
  }
}
