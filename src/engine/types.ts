/** The engine's vocabulary: what goes in and out of it, free of tfjs types. */

/** A tensor on the host, row-major. */
export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

/** Token ids of one example: prompt and answer, each ending in `</s>`. */
export interface TokenizedExample {
  source: number[];
  target: number[];
}

/** A padded batch. Ids are row-major `[rows, length]`. */
export interface Batch {
  rows: number;
  sourceLength: number;
  targetLength: number;
  /** [rows, sourceLength], pad id 0. */
  source: Int32Array;
  /** [rows, sourceLength], 1 for a token, 0 for padding. */
  sourceMask: Float32Array;
  /** [rows, targetLength], −100 where there is no token. */
  labels: Int32Array;
}

/** Settings of T5Config that the engine reads, from `config.json`. */
export interface T5Config {
  vocabSize: number;
  dModel: number;
  dKv: number;
  dFf: number;
  numLayers: number;
  numDecoderLayers: number;
  numHeads: number;
  relativeAttentionNumBuckets: number;
  relativeAttentionMaxDistance: number;
  dropoutRate: number;
  layerNormEpsilon: number;
  /** wo(relu(wi x)) or wo(gelu_new(wi_0 x) · wi_1 x). */
  feedForward: 'relu' | 'gated-gelu';
  /** The output head is the shared embedding. */
  tieWordEmbeddings: boolean;
  /** Multiply decoder outputs by dModel^-½ before the head. */
  scaleDecoderOutputs: boolean;
  padTokenId: number;
  eosTokenId: number;
  decoderStartTokenId: number;
}

export interface GenerationSettings {
  maxNewTokens: number;
  /** 1 is greedy. */
  beams: number;
  /** Scores are divided by length^lengthPenalty; 1 by default, as in Hugging Face. */
  lengthPenalty?: number;
  /** Beams only: stop a row once it has as many finished answers as beams; false by default, as in Hugging Face. */
  earlyStopping?: boolean;
}

/** Teacher-forced loss of a batch, row by row. */
export interface RowLosses {
  /** [rows], summed negative log-likelihood in nats. */
  nats: Float32Array;
  /** [rows], target tokens counted. */
  tokens: Int32Array;
}

/** The backends that the engine runs on. */
export type BackendName = 'webgpu' | 'wasm';

/** What this machine offers, found without loading a model. */
export interface DeviceProbe {
  webgpu: { available: boolean; software: boolean; description: string; reason?: string };
  wasm: { available: boolean; simd: boolean; threads: number };
  /** What `auto` would take, and why, in a sentence. */
  choice: BackendName;
  why: string;
}

/** The machine and backend that the engine computes on. */
export interface OpenedDevice {
  backend: BackendName;
  /** The adapter's own description, or the WASM features in use. */
  description: string;
  /** True for a WebGPU adapter that is emulated on the CPU. */
  software: boolean;
  threads: number;
  userAgent: string;
}

/** A scheduled learning rate: linear warm-up, then constant, linear to zero, or half a cosine to zero. */
export interface ScheduleSettings {
  name: 'constant' | 'linear' | 'cosine';
  warmupSteps: number;
}

interface CommonOptimizerSettings {
  learningRate: number;
  schedule: ScheduleSettings;
  /** Largest global gradient norm; 0 turns clipping off. */
  clipNorm: number;
  weightDecay: number;
}

export interface AdamWSettings extends CommonOptimizerSettings {
  name: 'adamw';
  beta1: number;
  beta2: number;
  epsilon: number;
}

export interface AdafactorSettings extends CommonOptimizerSettings {
  name: 'adafactor';
  decayRate: number;
  clipThreshold: number;
}

export type OptimizerSettings = AdamWSettings | AdafactorSettings;
