/**
 * T5's loss in jax-js. Every function owns the arrays it is given, as jax-js asks: `x.ref` where one is used again.
 * Weights are matrices [outputs, inputs], those that are read together side by side, as our engine has them.
 */
import { lax, nn, numpy as np, random } from '@jax-js/jax';
import type { T5Config } from '../../src/engine/types';

/** By the keys of our layout's groups. */
export type Weights = Record<string, np.Array>;

/** A batch on the device. */
export type JaxBatch = {
  /** [B·S] and [B·T] ids. */
  source: np.Array;
  decoderIds: np.Array;
  /** [B, 1, 1, S], 0 or the lowest float. */
  sourceMask: np.Array;
  /** [T, T], 0 or the lowest float. */
  causalMask: np.Array;
  /** [S, S] and [T, T]. */
  sourceBuckets: np.Array;
  targetBuckets: np.Array;
  /** [B·T, 1] ids, −100 where there is none. */
  labels: np.Array;
  /** [B·T], 1 / tokens, or 0 where there is no label. */
  shares: np.Array;
};

/** Dropout of one step; a site is one place in the model. */
interface Dropout {
  rate: number;
  key: np.Array;
}

interface Shape {
  B: number;
  T: number;
}

/** x[rows, inputs]·wᵀ. */
const linear = (x: np.Array, w: np.Array): np.Array =>
  lax.dot(x, w, { lhsContractingDims: [1], rhsContractingDims: [1] });

/** The forward pass of one batch. */
export class JaxT5 {
  readonly #config: T5Config;
  readonly #weights: Weights;
  readonly #dropout: Dropout | undefined;
  #sites = 0;

  /** Borrows the weights and the key. */
  constructor(config: T5Config, weights: Weights, dropout?: Dropout) {
    this.#config = config;
    this.#weights = weights;
    this.#dropout = dropout;
  }

  /** Mean loss in nats a token. */
  loss(batch: JaxBatch): np.Array {
    const B = batch.sourceMask.shape[0]!;
    const S = batch.sourceMask.shape[3]!;
    const T = batch.causalMask.shape[0]!;
    const sourceBias = this.#bias('encoder', batch.sourceBuckets);
    const encoded = this.#stack('encoder', { B, T: S }, batch.source, (scores) =>
      scores.add(sourceBias.ref).add(batch.sourceMask.ref),
    );
    const targetBias = this.#bias('decoder', batch.targetBuckets).add(batch.causalMask);
    const decoded = this.#stack(
      'decoder',
      { B, T },
      batch.decoderIds,
      (scores) => scores.add(targetBias.ref),
      { states: encoded, S, masked: (scores) => scores.add(batch.sourceMask.ref) },
    );
    for (const array of [sourceBias, targetBias, encoded, batch.sourceMask]) array.dispose();
    return this.#crossEntropy(decoded, batch.labels, batch.shares);
  }

  #w(key: string): np.Array {
    const found = this.#weights[key];
    if (!found) throw new Error(`no weights named ${key}`);
    return found.ref;
  }

  #drop(x: np.Array): np.Array {
    if (!this.#dropout) return x;
    const { rate, key } = this.#dropout;
    const own = key.ref.slice(this.#sites++);
    return np.where(random.bernoulli(own, 1 - rate, x.shape), x.mul(1 / (1 - rate)), 0);
  }

  #norm(key: string, x: np.Array): np.Array {
    const variance = np.mean(np.square(x.ref), -1, { keepdims: true });
    const scale = np.reciprocal(np.sqrt(variance.add(this.#config.layerNormEpsilon)));
    return x.mul(scale).mul(this.#w(key));
  }

  /** [H, T, T]. Taken from the transposed table, as jit cannot scatter a gradient that is itself transposed. */
  #bias(side: string, buckets: np.Array): np.Array {
    return np.take(np.transpose(this.#w(`${side}.bias`)), buckets, 1);
  }

  #stack(
    side: 'encoder' | 'decoder',
    { B, T }: Shape,
    ids: np.Array,
    masked: (scores: np.Array) => np.Array,
    encoded?: { states: np.Array; S: number; masked: (scores: np.Array) => np.Array },
  ): np.Array {
    const { dModel, numHeads, dKv, numLayers, numDecoderLayers } = this.#config;
    const inner = numHeads * dKv;
    const heads = (x: np.Array, length: number): np.Array =>
      np.transpose(x.reshape([B, length, numHeads, dKv]), [0, 2, 1, 3]);
    let h = this.#drop(this.#w('shared').slice(ids));
    for (let n = 0; n < (side === 'encoder' ? numLayers : numDecoderLayers); n++) {
      const self = `${side}.${n}.self`;
      const x = this.#norm(`${self}.norm`, h.ref);
      const parts = np.split(linear(x, this.#w(`${self}.qkv`)), 3, 1);
      const [q, k, v] = parts.map((part) => heads(part, T)) as [np.Array, np.Array, np.Array];
      h = this.#sublayer(h, this.#attention(q, k, v, masked), `${self}.o`, B * T, inner);
      if (encoded) {
        const cross = `${side}.${n}.cross`;
        const y = this.#norm(`${cross}.norm`, h.ref);
        const query = heads(linear(y, this.#w(`${cross}.q`)), T);
        const both = np.split(linear(encoded.states.ref, this.#w(`${cross}.kv`)), 2, 1);
        const [key, value] = both.map((part) => heads(part, encoded.S)) as [np.Array, np.Array];
        const context = this.#attention(query, key, value, encoded.masked);
        h = this.#sublayer(h, context, `${cross}.o`, B * T, inner);
      }
      const ff = `${side}.${n}.ff`;
      const wide = linear(this.#norm(`${ff}.norm`, h.ref), this.#w(`${ff}.wi`));
      h = h.add(this.#drop(linear(this.#drop(this.#activation(wide)), this.#w(`${ff}.wo`))));
    }
    if (h.shape[1] !== dModel) throw new Error(`the ${side} is ${h.shape.join('x')}`);
    return this.#drop(this.#norm(`${side}.final.norm`, h));
  }

  /** h + drop(o(context)), context [B, H, T, dKv]. */
  #sublayer(h: np.Array, context: np.Array, key: string, rows: number, inner: number): np.Array {
    const merged = np.transpose(context, [0, 2, 1, 3]).reshape([rows, inner]);
    return h.add(this.#drop(linear(merged, this.#w(key))));
  }

  #attention(q: np.Array, k: np.Array, v: np.Array, masked: (scores: np.Array) => np.Array): np.Array {
    const each = { lhsBatchDims: [0, 1], rhsBatchDims: [0, 1], lhsContractingDims: [3] };
    const scores = lax.dot(q, k, { ...each, rhsContractingDims: [3] });
    return lax.dot(this.#drop(nn.softmax(masked(scores), -1)), v, { ...each, rhsContractingDims: [2] });
  }

  #activation(wide: np.Array): np.Array {
    if (this.#config.feedForward === 'relu') return nn.relu(wide);
    const [gate, linearPart] = np.split(wide, 2, 1) as [np.Array, np.Array];
    return nn.gelu(gate, { approximate: true }).mul(linearPart);
  }

  #crossEntropy(h: np.Array, labels: np.Array, shares: np.Array): np.Array {
    const { tieWordEmbeddings, scaleDecoderOutputs, dModel, vocabSize } = this.#config;
    const scaled = scaleDecoderOutputs ? h.mul(dModel ** -0.5) : h;
    const logits = linear(scaled, this.#w(tieWordEmbeddings ? 'shared' : 'head'));
    const isLabel = np.arange(vocabSize).reshape([1, vocabSize]).equal(labels);
    const ofLabel = np.where(isLabel, logits.ref, 0).sum(1);
    return nn.logsumexp(logits, 1).sub(ofLabel).mul(shares).sum();
  }
}
