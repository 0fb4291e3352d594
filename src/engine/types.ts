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

/** The mean loss of one step in nats a target token, on its way from the device. */
export interface LossReading {
  /** Reads the loss and frees what held it; call once. */
  value(): Promise<number>;
  /** Frees it unread. */
  discard(): void;
}

/**
 * A number for each number that training moves, laid out alike: the weights themselves, a copy of them, their
 * gradients, a Fisher matrix's diagonal. Under LoRA, or with frozen weights, what trains is less than the model.
 */
export interface ParameterSet {
  /** Numbers in it. */
  readonly size: number;
  /** Device memory that it holds. */
  readonly bytes: number;
  /** Host copies, one tensor at a time, under the weights' names. */
  tensors(): AsyncIterable<NamedTensor>;
  /** Puts host copies back. @throws Error that names the tensor that is missing, unknown or of another shape */
  load(tensors: Iterable<NamedTensor>): void;
  dispose(): void;
}

/** Sums over whole parameter sets, done on the device in the order in which they are asked for. */
export interface ParameterSets {
  /** A new set of zeros. @throws RangeError with the numbers when it can't fit */
  create(name: string): ParameterSet;
  /** to ← from, byte for byte. */
  copy(from: ParameterSet, to: ParameterSet): void;
  /** x ← a·x. */
  scale(x: ParameterSet, a: number): void;
  /** y ← a·x + b·y; b is 1 by default. */
  axpy(a: number, x: ParameterSet, y: ParameterSet, b?: number): void;
  /** out ← (1 − t)·a + t·b, a or b byte for byte where t is 0 or 1; `out` may be either. */
  interpolate(a: ParameterSet, b: ParameterSet, t: number, out: ParameterSet): void;
  /** average ← decay·average + (1 − decay)·x. */
  ema(average: ParameterSet, x: ParameterSet, decay: number): void;
  /** f ← keep·f + weight·g²; keep is 1 by default. */
  addSquares(f: ParameterSet, g: ParameterSet, weight: number, keep?: number): void;
  /** g ← g + strength·importance·(x − centre), the gradient of strength/2·Σ importance·(x − centre)²; importance is 1 by default. */
  addPenalty(
    g: ParameterSet,
    strength: number,
    x: ParameterSet,
    centre: ParameterSet,
    importance?: ParameterSet,
  ): void;
  /** g ← g − (g·r)/(r·r)·r where g·r < 0; else g stays as it is. Nothing is read back. */
  project(g: ParameterSet, r: ParameterSet): void;
  /** Σ x·y, read from the device. */
  dot(x: ParameterSet, y: ParameterSet): Promise<number>;
  squaredNorm(x: ParameterSet): Promise<number>;
}

/**
 * Logits at the target positions of a batch: an entry a row, half-precision (`halves.ts`), row-major [target tokens
 * of the row, vocabulary]. An entry may still be on its way.
 */
export type StoredLogits = readonly (Uint16Array | Promise<Uint16Array>)[];

/** A second loss over the target positions of a batch: the mean over them of what the logits differ from given ones. */
export type LogitMatch =
  /** τ²·KL(teacher at τ ‖ ours at τ); the teacher's logits are stored, or computed with a copy of the weights, dropout off. */
  | {
      kind: 'distillation';
      weight: number;
      temperature: number;
      teacher: ParameterSet | StoredLogits;
    }
  /** The mean over the vocabulary of (ours − stored)². */
  | { kind: 'logits'; weight: number; logits: StoredLogits };

/** One piece of a step's loss. What has weight 0 is left out altogether. */
export interface Contribution {
  batch: Batch;
  /** Of the mean cross-entropy over the batch's target tokens; 1 by default. */
  weight?: number;
  match?: LogitMatch;
  /** A seed: the cross-entropy is that of labels drawn from the model itself, while the decoder reads the batch's own. */
  sampledLabels?: number;
}
