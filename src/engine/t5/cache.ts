import {
  concat,
  dispose,
  gather,
  keep,
  reshape,
  tensor1d,
  tidy,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
} from '../tf';
import type { Encoded } from './decoder';
import { keysAndValues, type KeyValues } from './layers';
import { crossAttention, selfAttention } from './names';
import type { Pass } from './pass';

/** A type and not an interface, so that TensorFlow.js sees a container of tensors in it. */
type Pair<T> = Record<'k' | 'v', T>;

/**
 * What the decoder need not compute again from step to step: the keys and values of the tokens so far, and those
 * of the encoder's output. Rows may be dropped, repeated and reordered. Its tensors are its own until disposed.
 */
export class DecoderCache {
  /** One for each block: [rows, tokens, heads · d]; empty before the first step. */
  #self: Pair<Tensor3D>[] = [];
  /** One for each block: [rows, sourceLength, heads · d]. */
  #cross: Pair<Tensor3D>[];
  #mask: Tensor4D;
  readonly #sourceLength: number;
  /** Keys and values made in this step, which `keepStep` takes over. */
  #next: Pair<Tensor3D>[] = [];

  constructor(pass: Pass, encoded: Encoded, rows: number) {
    this.#sourceLength = encoded.length;
    this.#mask = keep(encoded.mask.clone());
    this.#cross = Array.from({ length: pass.config.numDecoderLayers }, (_, block) =>
      tidy(() => {
        const { k, v } = keysAndValues(pass, encoded.hidden, crossAttention(block), encoded.length);
        return keepPair(toRows({ k, v }, rows));
      }),
    );
  }

  get mask(): Tensor4D {
    return this.#mask;
  }

  /** Tokens whose keys and values are kept. */
  get tokens(): number {
    return this.#self[0]?.k.shape[1] ?? 0;
  }

  /** The block's keys and values of all tokens, with those of one more for each row. */
  extend(pass: Pass, block: number, normed: Tensor2D): KeyValues {
    const rows = normed.shape[0];
    const fresh = toRows(keysAndValues(pass, normed, selfAttention('decoder', block), 1), rows);
    const before = this.#self[block];
    const all =
      before === undefined ? fresh : { k: concat([before.k, fresh.k], 1), v: concat([before.v, fresh.v], 1) };
    this.#next[block] = keepPair(all);
    return flat(all);
  }

  cross(block: number): KeyValues {
    return { ...flat(this.#cross[block]!), length: this.#sourceLength };
  }

  /** Ends a step: what `extend` made is what the next step starts from. */
  keepStep(): void {
    this.#self.forEach((pair) => dispose([pair.k, pair.v]));
    this.#self = this.#next;
    this.#next = [];
  }

  /** Makes row i what row `rows[i]` was. */
  select(rows: Int32Array): void {
    this.#self = this.#self.map((pair) => gatherPair(pair, rows));
    this.#cross = this.#cross.map((pair) => gatherPair(pair, rows));
    const mask = this.#mask;
    this.#mask = tidy(() => keep(gather(mask, tensor1d(rows, 'int32'))));
    mask.dispose();
  }

  /** As `select`, for rows that change places only with rows of the same source. */
  selectTokens(rows: Int32Array): void {
    this.#self = this.#self.map((pair) => gatherPair(pair, rows));
  }

  dispose(): void {
    for (const pair of [...this.#self, ...this.#cross, ...this.#next]) dispose([pair.k, pair.v]);
    this.#mask.dispose();
    this.#self = this.#cross = this.#next = [];
  }
}

const keepPair = ({ k, v }: Pair<Tensor3D>): Pair<Tensor3D> => ({ k: keep(k), v: keep(v) });

/** [rows · length, heads · d] to [rows, length, heads · d] */
const toRows = ({ k, v }: Pair<Tensor2D>, rows: number): Pair<Tensor3D> => {
  const shape: [number, number, number] = [rows, k.shape[0] / rows, k.shape[1]];
  return { k: reshape(k, shape), v: reshape(v, shape) };
};

const flat = ({ k, v }: Pair<Tensor3D>): KeyValues => {
  const [rows, length, inner] = k.shape;
  return { k: reshape(k, [rows * length, inner]), v: reshape(v, [rows * length, inner]), length };
};

const gatherPair = (pair: Pair<Tensor3D>, rows: Int32Array): Pair<Tensor3D> => {
  const gathered = tidy(() => {
    const indices = tensor1d(rows, 'int32');
    return keepPair({ k: gather(pair.k, indices), v: gather(pair.v, indices) });
  });
  dispose([pair.k, pair.v]);
  return gathered;
};
