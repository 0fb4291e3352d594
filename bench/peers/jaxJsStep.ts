/**
 * The training step written for jax-js: one jitted function from weights, moments and batch to new ones. jax-js
 * donates no buffers; what the function is given it owns, so the old ones return to its pool as the step runs.
 */
import {
  blockUntilReady,
  defaultDevice,
  init,
  jit,
  numpy as np,
  random,
  tree,
  valueAndGrad,
} from '@jax-js/jax';
import { layOut, sizeOf, type Layout } from '../../src/engine/t5/layout';
import { relativeBuckets } from '../../src/engine/t5/bias';
import { shiftRight } from '../../src/engine/t5/stepInputs';
import type { Batch, NamedTensor, T5Config } from '../../src/engine/types';
import { JaxT5, type JaxBatch, type Weights } from './jaxJsT5';
import type { PeerModel, PeerModelSpec } from './peer';

/** torch's defaults, and the clipping of our own bench. */
const beta1 = 0.9;
const beta2 = 0.999;
const epsilon = 1e-8;
const maxNorm = 1;

const lowest = -3.4028234663852886e38;

type State = { weights: Weights; m: Weights; v: Weights };

/**
 * Places where something is dropped: a stack's embedding and its output; in a layer the probabilities and outputs of
 * each attention, the activation and the output of the feed-forward.
 */
function dropoutSites({ numLayers, numDecoderLayers }: T5Config): number {
  return 4 + 4 * numLayers + 6 * numDecoderLayers;
}

const addAll = (arrays: np.Array[]): np.Array => arrays.reduce((a, b) => a.add(b));

/** One step of Adam after clipping by the global norm. `corrections` is [2]: rate / c1, and 1 / c2. */
function adam({ weights, m, v }: State, gradients: Weights, corrections: np.Array): State {
  const norm = np.sqrt(addAll(Object.values(gradients).map((g) => np.square(g.ref).sum())));
  const clip = np.minimum(np.reciprocal(norm.add(1e-6)).mul(maxNorm), 1);
  const [rate, root] = np.split(corrections, 2) as [np.Array, np.Array];
  const after: State = { weights: {}, m: {}, v: {} };
  for (const key of Object.keys(weights)) {
    const g = gradients[key]!.mul(clip.ref);
    const m1 = m[key]!.mul(beta1).add(g.ref.mul(1 - beta1));
    const v1 = v[key]!.mul(beta2).add(np.square(g).mul(1 - beta2));
    const scale = np.sqrt(v1.ref.mul(root.ref)).add(epsilon);
    after.weights[key] = weights[key]!.sub(m1.ref.mul(rate.ref).div(scale));
    after.m[key] = m1;
    after.v[key] = v1;
  }
  for (const array of [clip, rate, root]) array.dispose();
  return after;
}

/** Weights on the device, in the groups of our layout. */
function upload(config: T5Config, tensors: NamedTensor[]): { layout: Layout; weights: Weights } {
  const layout = layOut(config);
  const arenas = layout.arenas.map((length) => new Float32Array(length));
  const given = new Map(tensors.map((tensor) => [tensor.name, tensor.data]));
  const columns = new Map<string, number>();
  for (const { name, shape, arena, offset } of layout.tensors) {
    const data = given.get(name);
    if (data?.length !== sizeOf(shape)) throw new Error(`${name} is missing or of another size`);
    arenas[arena]!.set(data, offset);
    if (shape[1] !== undefined) columns.set(`${arena}:${offset}`, shape[1]);
  }
  const weights: Weights = {};
  for (const { key, arena, offset, length } of layout.groups.values()) {
    const width = columns.get(`${arena}:${offset}`);
    const shape = width === undefined ? [length] : [length / width, width];
    weights[key] = np.array(arenas[arena]!.slice(offset, offset + length), { shape });
  }
  return { layout, weights };
}

export class JaxModel implements PeerModel {
  readonly #spec: PeerModelSpec;
  readonly #layout: Layout;
  readonly #train;
  readonly #gradients;
  #state: State;
  #loss: np.Array | undefined;
  #stepsDone = 0;

  constructor(spec: PeerModelSpec) {
    this.#spec = spec;
    const { config, dropout: rate } = spec;
    const { layout, weights } = upload(config, spec.weights);
    this.#layout = layout;
    const zeros = (): Weights => tree.map((w: np.Array) => np.zeros(w.shape), weights);
    this.#state = { weights, m: zeros(), v: zeros() };

    const lossAndGradients = (weights: Weights, batch: JaxBatch, key?: np.Array): [np.Array, Weights] =>
      valueAndGrad((w: Weights) => new JaxT5(config, w, key && { rate, key }).loss(batch))(weights);
    this.#gradients = jit(lossAndGradients);
    this.#train = jit(
      (state: State, batch: JaxBatch, seed: np.Array, corrections: np.Array): [np.Array, State] => {
        const key = rate > 0 ? random.split(seed, dropoutSites(config)) : undefined;
        const [loss, gradients] = lossAndGradients(tree.ref(state.weights), batch, key);
        key?.dispose();
        return [loss, adam(state, gradients, corrections)];
      },
    );
  }

  async lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const [loss, found] = this.#gradients(tree.ref(this.#state.weights), this.#put(batch));
    const gradients = new Map<string, Float32Array>();
    for (const { key, arena, offset, length } of this.#layout.groups.values()) {
      const data = (await found[key]!.data()) as Float32Array;
      for (const { name, shape, ...at } of this.#layout.tensors) {
        const start = at.offset - offset;
        if (at.arena === arena && start >= 0 && start < length)
          gradients.set(name, data.slice(start, start + sizeOf(shape)));
      }
    }
    return { loss: ((await loss.data()) as Float32Array)[0]!, gradients };
  }

  /** Waits for the step: jax-js is slower when several are under way, and holds the memory of each. */
  async step(batch: Batch): Promise<void> {
    const t = ++this.#stepsDone;
    const rate = this.#spec.learningRate / (1 - beta1 ** t);
    const corrections = np.array([rate, 1 / (1 - beta2 ** t)]);
    const [loss, state] = this.#train(this.#state, this.#put(batch), random.key(t), corrections);
    this.#state = state;
    this.#loss?.dispose();
    this.#loss = await blockUntilReady(loss);
  }

  /** Every step has been waited for. */
  async finish(): Promise<void> {
    if (this.#loss) await blockUntilReady(this.#loss);
  }

  dispose(): void {
    tree.dispose(this.#state);
    this.#loss?.dispose();
    this.#train.dispose();
    this.#gradients.dispose();
  }

  #put(batch: Batch): JaxBatch {
    const { config } = this.#spec;
    const { rows: B, sourceLength: S, targetLength: T, labels } = batch;
    const ints = (data: Int32Array, shape: number[]): np.Array =>
      np.array(new Int32Array(data), { shape, dtype: np.int32 });
    const floats = (data: Float32Array, shape: number[]): np.Array =>
      np.array(new Float32Array(data), { shape });
    const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: farthest } = config;
    const tokens = labels.reduce((n, label) => n + (label >= 0 ? 1 : 0), 0);
    return {
      source: ints(batch.source, [B * S]),
      decoderIds: ints(Int32Array.from(shiftRight(labels, T, config)), [B * T]),
      sourceMask: floats(
        batch.sourceMask.map((x) => (x === 0 ? lowest : 0)),
        [B, 1, 1, S],
      ),
      causalMask: floats(
        Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? lowest : 0)),
        [T, T],
      ),
      sourceBuckets: ints(relativeBuckets(S, S, true, buckets, farthest), [S, S]),
      targetBuckets: ints(relativeBuckets(T, T, false, buckets, farthest), [T, T]),
      labels: ints(labels, [B * T, 1]),
      shares: floats(
        Float32Array.from(labels, (label) => (label < 0 ? 0 : 1 / Math.max(1, tokens))),
        [B * T],
      ),
    };
  }
}

/** @throws Error where jax-js cannot run on it */
export async function openDevice(backend: 'webgpu' | 'wasm'): Promise<void> {
  if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`);
  defaultDevice(backend);
}
