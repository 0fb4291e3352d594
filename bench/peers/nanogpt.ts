/**
 * @genai-fi/nanogpt as a peer: its decoder, its trainer and its fused WebGPU kernels, as its own training job runs
 * them, but one step when it is asked for. In the TensorFlow.js of the page it puts its own backend in the place of
 * `webgpu`, so nothing else in that page may compute with that.
 */
import { engine, removeBackend, tensor2d, type Scalar, type Tensor } from '@tensorflow/tfjs-core';
import { models, TeachableLLM, tokenise, training } from '@genai-fi/nanogpt';
import type { DecoderModel, DecoderPeer, DecoderSpec } from './peer';

/** The part of the trainer that is used: the package's own types of it do not resolve. */
interface Trainer {
  configure(options: object): void;
  trainStep(state: object, batch: { xs: Tensor; ys: Tensor }): Scalar;
  dispose(): void;
}

function newTrainer(spec: DecoderSpec): { model: InstanceType<typeof models.NanoGPTV1>; trainer: Trainer } {
  const { vocabSize, dModel, numHeads, dFf, layers, rows, length, learningRate, dropout } = spec;
  const model = new models.NanoGPTV1({
    modelType: 'GenAI_NanoGPT_v1',
    vocabSize,
    blockSize: length,
    nLayer: layers,
    nHead: numHeads,
    nEmbed: dModel,
    mlpFactor: dFf / dModel,
    useRope: true,
  });
  const adam = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0, clipNorm: 1 };
  const constantRate = { warmupSteps: 0, decayEpochs: 1, epochSteps: 1e9, minLearningRate: learningRate };
  const optimizer = new training.AdamWOptimizer({ ...adam, ...constantRate, lossScaling: 1 });
  const options = {
    ...adam,
    ...constantRate,
    method: { type: 'pretraining' } as const,
    batchSize: rows,
    dropout,
  };
  // The way to a trainer that does not start at once: a job that goes on from a log.
  const metrics = { trainingMetrics: { loss: 0 }, step: 0, time: 0, batchSize: rows };
  const log = { ...metrics, tokensPerSecond: 0, duration: 0, totalTokens: 0 };
  const data = [{ id: 'bench', name: 'bench', conversational: false }];
  const llm = new TeachableLLM(new tokenise.CharTokeniser(vocabSize), model);
  const trainer = llm.training.restore(options, [log], optimizer, data).trainer as unknown as Trainer;
  trainer.configure(options);
  return { model, trainer };
}

class NanoGpt implements DecoderModel {
  readonly flops: number;
  readonly #parts;
  #loss: Scalar | undefined;

  constructor(readonly spec: DecoderSpec) {
    const { vocabSize, dModel, dFf, layers, rows, length } = spec;
    const tokens = rows * length;
    const perToken = layers * (4 * dModel * dModel + 2 * dModel * dFf) + vocabSize * dModel;
    // Scores and contexts of whole rows: the kernels do not leave out what the causal mask hides.
    const attention = layers * 2 * tokens * length * dModel;
    this.flops = 3 * 2 * (perToken * tokens + attention);
    this.#parts = newTrainer(spec);
  }

  get parameterCount(): number {
    return this.#parts.model.getNumParams();
  }

  step(ids: Int32Array): void {
    const { rows, length } = this.spec;
    const next = ids.map((_, i) => ids[i % length === length - 1 ? i + 1 - length : i + 1]!);
    const batch = {
      xs: tensor2d(ids, [rows, length], 'int32'),
      ys: tensor2d(next, [rows, length], 'int32'),
    };
    const loss = this.#parts.trainer.trainStep({}, batch);
    batch.xs.dispose();
    batch.ys.dispose();
    this.#loss?.dispose();
    this.#loss = loss;
  }

  /** @throws Error when the loss is no number */
  async finish(): Promise<void> {
    const [loss = 0] = (await this.#loss?.data()) ?? [];
    if (!Number.isFinite(loss)) throw new Error(`nanogpt's loss is ${loss}`);
  }

  dispose(): void {
    this.#loss?.dispose();
    this.#parts.trainer.dispose();
    this.#parts.model.dispose();
  }
}

/** Backends that TensorFlow.js has in this page. */
const backendNames = (): string[] => Object.keys(engine().registryFactory);

let opened = false;

export const nanogpt: DecoderPeer = {
  name: 'nanogpt',
  async open(spec) {
    if (spec.backend !== 'webgpu') throw new Error(`nanogpt has no ${spec.backend} backend`);
    if (spec.dFf % spec.dModel !== 0) throw new Error(`nanogpt's dFf is a multiple of dModel ${spec.dModel}`);
    if (!opened) {
      if (backendNames().includes('webgpu')) removeBackend('webgpu');
      await TeachableLLM.selectBackend('webgpu');
      opened = true;
    }
    return new NanoGpt(spec);
  },
};
