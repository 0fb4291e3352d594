/** The honest baseline: the same T5 in TensorFlow.js's own operations, gradients and Adam. */
import * as tf from '@tensorflow/tfjs';
import { relativeBuckets } from '../../src/engine/t5/bias';
import { HEAD } from '../../src/engine/t5/names';
import { shiftRight } from '../../src/engine/t5/stepInputs';
import type { Batch, NamedTensor, T5Config } from '../../src/engine/types';
import { openBackend } from './naive/backend';
import { hidden, NaiveT5, type Inputs } from './naive/t5';
import type { Peer, PeerModel, PeerModelSpec } from './peer';

/** Linear layers, whose weights Hugging Face stores [outputs, inputs]. */
const isLinear = (name: string): boolean =>
  /\.(q|k|v|o|wi|wi_0|wi_1|wo)\.weight$/.test(name) || name === HEAD;

function toVariable({ name, shape, data }: NamedTensor): tf.Variable {
  return tf.tidy(() => {
    const stored = tf.tensor(data, shape);
    return tf.variable(isLinear(name) ? stored.transpose() : stored);
  });
}

function toInputs(batch: Batch, config: T5Config): Inputs {
  const { rows, sourceLength: S, targetLength: T } = batch;
  const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: farthest } = config;
  const causal = Float32Array.from({ length: T * T }, (_, i) => (i % T > Math.floor(i / T) ? hidden : 0));
  return {
    rows,
    source: tf.tensor1d(batch.source, 'int32'),
    decoderIds: tf.tensor1d(Int32Array.from(shiftRight(batch.labels, T, config)), 'int32'),
    labels: tf.tensor1d(
      batch.labels.map((label) => Math.max(-1, label)),
      'int32',
    ),
    counted: tf.tensor1d(Float32Array.from(batch.labels, (label) => (label < 0 ? 0 : 1))),
    sourceMask: tf.tensor4d(
      batch.sourceMask.map((seen) => (seen > 0 ? 0 : hidden)),
      [rows, 1, 1, S],
    ),
    causalMask: tf.tensor4d(causal, [1, 1, T, T]),
    sourceBuckets: tf.tensor1d(relativeBuckets(S, S, true, buckets, farthest), 'int32'),
    targetBuckets: tf.tensor1d(relativeBuckets(T, T, false, buckets, farthest), 'int32'),
  };
}

/** What is used of the backend that TensorFlow.js has on WebGPU, which hands work over in batches of its own. */
type WebGpuBackend = { ensureCommandEncoderReady(): void; submitQueue(): void; device: GPUDevice };

export class NaiveModel implements PeerModel {
  private readonly variables: Map<string, tf.Variable>;
  private readonly optimizer: tf.Optimizer;
  private readonly trained: NaiveT5;
  private last: tf.Scalar | null = null;

  constructor(private readonly spec: PeerModelSpec) {
    this.variables = new Map(spec.weights.map((tensor) => [tensor.name, toVariable(tensor)]));
    this.optimizer = tf.train.adam(spec.learningRate);
    this.trained = new NaiveT5(spec.config, this.variables, spec.dropout);
  }

  async lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
    const { config } = this.spec;
    const model = new NaiveT5(config, this.variables, 0);
    const variables = [...this.variables.values()];
    const { value, grads } = tf.tidy(() =>
      tf.variableGrads(() => model.loss(toInputs(batch, config)), variables),
    );
    const gradients = new Map<string, Float32Array>();
    for (const [name, variable] of this.variables) {
      const gradient = grads[variable.name];
      if (!gradient) throw new Error(`no gradient of ${name}`);
      const stored = isLinear(name) ? gradient.transpose() : gradient;
      gradients.set(name, (await stored.data()) as Float32Array);
      tf.dispose([gradient, stored]);
    }
    const [loss = NaN] = await value.data();
    value.dispose();
    return { loss, gradients };
  }

  step(batch: Batch): void {
    this.last?.dispose();
    const variables = [...this.variables.values()];
    this.last = tf.tidy(() => {
      const inputs = toInputs(batch, this.spec.config);
      const loss = this.optimizer.minimize(() => this.trained.loss(inputs), true, variables);
      if (!loss) throw new Error('no loss');
      return loss;
    });
  }

  submit(): void {
    if (this.spec.backend !== 'webgpu') return;
    const backend = tf.backend() as unknown as WebGpuBackend;
    // Nothing may be left to submit, and the backend has no encoder then.
    backend.ensureCommandEncoderReady();
    backend.submitQueue();
  }

  async finish(): Promise<void> {
    this.submit();
    if (this.spec.backend === 'webgpu')
      await (tf.backend() as unknown as WebGpuBackend).device.queue.onSubmittedWorkDone();
  }

  dispose(): void {
    this.last?.dispose();
    this.optimizer.dispose();
    for (const variable of this.variables.values()) variable.dispose();
  }
}

export const naiveTfjs = {
  name: 'naive-tfjs',
  async open(spec: PeerModelSpec): Promise<NaiveModel> {
    if (spec.backend === 'wasm' && spec.threads !== 1)
      throw new Error('naive-tfjs is measured on one thread');
    await openBackend(spec.backend);
    return new NaiveModel(spec);
  },
} satisfies Peer;

/** Kernel calls of one step, and those among them that only give a tensor another name, shape or type. */
export async function kernelCalls(model: PeerModel, batch: Batch): Promise<{ all: number; free: number }> {
  const { kernels } = await tf.profile(async () => {
    await model.step(batch);
    return tf.scalar(0);
  });
  const cheap = new Set(['Reshape', 'Identity', 'ExpandDims', 'Cast']);
  return { all: kernels.length, free: kernels.filter(({ name }) => cheap.has(name)).length };
}
