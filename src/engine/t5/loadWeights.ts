/** Stored tensors to the device, one at a time. */
import { Parameters, writeTensor } from '../parameters';
import type { Executor } from '../program/executor';
import type { ProgramBuffer } from '../program/program';
import type { NamedTensor, T5Config } from '../types';
import { alignedLength, arena, layOut, sizeOf, type Precision } from './layout';
import { canonicalName, HEAD, SHARED } from './names';

/**
 * Loads a model tensor by tensor, so that the host never holds more than one of them. The vocabulary's size is
 * the stored embedding's, whatever the config says. The head is `lm_head.weight` where one of its own is
 * stored, else the shared embedding.
 * @param precision how they are kept: f16 for weights that stay frozen; each tensor is rounded as it arrives
 * @returns the weights, and the config as the files have it
 * @throws Error that names the tensor that is missing, unknown, or of another shape
 */
export async function loadWeights(
  config: T5Config,
  tensors: AsyncIterable<NamedTensor> | Iterable<NamedTensor>,
  executor: Executor,
  precision: Precision = 'f32',
): Promise<{ config: T5Config; parameters: Parameters }> {
  const loading = new LoadingWeights(config, executor, precision);
  try {
    for await (const tensor of tensors) await loading.take(tensor);
    return await loading.finish();
  } catch (error) {
    loading.dispose();
    throw error;
  }
}

interface Table {
  rows: number;
  buffer: ProgramBuffer;
}

class LoadingWeights {
  readonly #config: T5Config;
  readonly #executor: Executor;
  readonly #body: ProgramBuffer[];
  readonly #missing: Map<string, ReturnType<typeof layOut>['tensors'][number]>;
  readonly #known: ReadonlySet<string>;
  readonly #tables = new Map<string, Table>();

  constructor(
    config: T5Config,
    executor: Executor,
    private readonly precision: Precision,
  ) {
    this.#config = config;
    this.#executor = executor;
    const one = { ...config, vocabSize: 1, tieWordEmbeddings: true };
    const { arenas, tensors, halves } = layOut(one, undefined, precision);
    this.#body = arenas
      .slice(0, -1)
      .map((length, i) => arena(`weights${i}`, length, halves?.[i] ? 'f16' : 'f32'));
    for (const buffer of this.#body) executor.allocate(buffer);
    const stacks = tensors.filter(({ name }) => name !== SHARED);
    this.#missing = new Map(stacks.map((place) => [place.name, place]));
    this.#known = new Set(this.#missing.keys());
  }

  async take({ name: stored, shape, data }: NamedTensor): Promise<void> {
    const name = canonicalName(stored);
    if (name === null) return;
    if (name === SHARED || name === HEAD) {
      await this.#takeTable(name, stored, shape, data);
      return;
    }
    const place = this.#missing.get(name);
    if (!place)
      throw new Error(
        this.#known.has(name)
          ? `${stored} is stored twice`
          : `unknown tensor ${stored}: is this a T5 of another kind?`,
      );
    if (shape.length !== place.shape.length || shape.some((size, axis) => size !== place.shape[axis]))
      throw new Error(
        `${stored} is [${shape.join(', ')}] where config.json calls for [${place.shape.join(', ')}]`,
      );
    await writeTensor(this.#executor, place, this.#body[place.arena]!, data);
    this.#missing.delete(name);
  }

  /** The rows of both tables are taken as stored. */
  async #takeTable(name: string, stored: string, shape: number[], data: Float32Array): Promise<void> {
    // A tensor that is shared may be stored under several of its names.
    if (this.#tables.has(name)) return;
    const [rows = 0, width] = shape;
    if (shape.length !== 2 || width !== this.#config.dModel)
      throw new Error(
        `${stored} is [${shape.join(', ')}] where config.json calls for […, ${this.#config.dModel}]`,
      );
    const buffer = arena(name, alignedLength(sizeOf(shape), this.precision), this.precision);
    this.#executor.allocate(buffer);
    this.#tables.set(name, { rows, buffer });
    await writeTensor(this.#executor, { name: stored, shape, arena: 0, offset: 0 }, buffer, data);
  }

  async finish(): Promise<{ config: T5Config; parameters: Parameters }> {
    const shared = this.#tables.get(SHARED);
    const names = [...(shared ? [] : [SHARED]), ...this.#missing.keys()];
    if (names.length > 0 || !shared)
      throw new Error(`the model's files lack ${listed(names)}, which its config.json calls for`);
    const head = this.#tables.get(HEAD);
    if (head && head.rows !== shared.rows)
      throw new Error(`${HEAD} has ${head.rows} rows where the embedding has ${shared.rows}`);
    const tieWordEmbeddings = !head || (this.#config.tieWordEmbeddings && (await this.#same(head, shared)));
    if (head && tieWordEmbeddings) this.#executor.free(head.buffer);
    const config = { ...this.#config, vocabSize: shared.rows, tieWordEmbeddings };
    const buffers = [...this.#body, shared.buffer, ...(head && !tieWordEmbeddings ? [head.buffer] : [])];
    const layout = layOut(config, undefined, this.precision);
    return { config, parameters: new Parameters(this.#executor, layout, 'weights', buffers) };
  }

  /** In a tied model a stored head is a copy of the embedding, and is let go. */
  async #same(a: Table, b: Table): Promise<boolean> {
    const [first, second] = [
      await this.#executor.readUint32({ buffer: a.buffer, offset: 0, length: a.buffer.length }),
      await this.#executor.readUint32({ buffer: b.buffer, offset: 0, length: b.buffer.length }),
    ];
    return first.every((value, i) => value === second[i]);
  }

  dispose(): void {
    for (const buffer of [...this.#body, ...[...this.#tables.values()].map((t) => t.buffer)])
      this.#executor.free(buffer);
  }
}

const listed = (names: string[]): string =>
  names.length <= 3 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
