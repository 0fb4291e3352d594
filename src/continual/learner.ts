/** What a plan needs of a model in training: small enough to be played by a fake in tests. */
import type {
  Batch,
  Contribution,
  GenerationSettings,
  LossReading,
  NamedTensor,
  ParameterSet,
  ParameterSets,
  RowLosses,
} from '../engine/types';

export type {
  Contribution,
  LogitMatch,
  LossReading,
  NamedTensor,
  ParameterSet,
  ParameterSets,
  StoredLogits,
} from '../engine/types';

export interface StageSettings {
  /** Number of the plan's stage that begins, counted from 1; absent where it is none of the plan's. */
  stage?: number;
  /** Optimiser steps of the stage, for its learning rate schedule. */
  steps: number;
  /** Of dropout; each stage of a run has its own. */
  seed: number;
}

/** What scoring asks of a learner. */
export interface Answering {
  /** Teacher-forced loss, row by row, dropout off. */
  rowLosses(batch: Batch): Promise<RowLosses>;
  /** Token ids of the answers, without start, end and padding. */
  generate(sources: number[][], settings: GenerationSettings): Promise<number[][]>;
  /** Both of a batch, greedily: the sources are encoded once. */
  answerAndScore?(batch: Batch, maxNewTokens: number): Promise<{ answers: number[][]; losses: RowLosses }>;
}

/** What a learner that trains LoRA adapters has beside the rest. */
export interface AdapterLearning {
  /** Device memory of the adapters that there are by now. */
  readonly bytes: number;
  /** Adds strength·∂Σ|A·A'ᵀ| to a gradient, A' being those of the stages before: for `adjust` of `stepOf`. */
  addOverlap(gradients: ParameterSet, strength: number): void;
  /** Σ|A·A'ᵀ|, read from the device. */
  overlap(): Promise<number>;
  /** The matrices of all adapters, for a checkpoint. */
  tensors(): AsyncIterable<NamedTensor>;
  /** Puts them back, before the first stage begins. @throws Error that names what is missing, unknown or misshapen */
  restore(tensors: readonly NamedTensor[]): void;
}

/**
 * Steps, gradients and operations on sets are queued in the order of the calls and run on the device; only what
 * returns a promise waits. Work that fails is told of by the next reading.
 */
export interface Learner extends Answering {
  readonly parameterCount: number;
  /** Entries of a row of logits. */
  readonly vocabSize: number;
  /** What training moves, live. */
  readonly weights: ParameterSet;
  readonly sets: ParameterSets;
  /** Present where adapters are trained in place of the weights. */
  readonly adapters?: AdapterLearning | undefined;
  /** How a task is scored, where that takes more than the weights as they are: with an adapter of its own. */
  answering?(task: string): Answering;
  /** A fresh optimiser with its step counter at 0; the one before is freed. */
  beginStage(settings: StageSettings): void;
  /** One optimiser step. The reading may be awaited some steps later. The same as `stepOf([{ batch }])`. */
  step(batch: Batch): LossReading;
  /**
   * One optimiser step whose loss has several parts: their gradients add up, `adjust` may change them, then they
   * are clipped and the weights moved. Batches that are too large for the device are cut by the learner.
   * @param adjust called at once, to ask for operations on `sets`
   * @returns the sum of each part's mean loss times its weight; what `adjust` adds is not in it
   */
  stepOf(contributions: readonly Contribution[], adjust?: (gradients: ParameterSet) => void): LossReading;
  /**
   * The gradient of contributions, without a step: `use` is called at once, to ask for operations that read it; then
   * it is cleared. Within a stage.
   * @param mode 'training', the default, with dropout; 'evaluation' without
   */
  gradient(
    contributions: readonly Contribution[],
    use: (gradients: ParameterSet) => void,
    mode?: 'training' | 'evaluation',
  ): LossReading;
  /**
   * Teacher-forced logits at the target positions, dropout off, for `match` of later steps, which wait for them.
   * @returns an entry a row: half-precision [target tokens of the row, vocabSize], 2 bytes each
   */
  logits(batch: Batch): Promise<Uint16Array>[];
  /** The learning rate that step `index` of the stage, from 0, is taken with. */
  learningRate(index: number): number;
  /** Everything the optimiser holds beside the weights. */
  optimizerState(): AsyncIterable<NamedTensor>;
  /** Puts a state back after `beginStage`. */
  restoreOptimizer(tensors: Iterable<NamedTensor>, stepsDone: number): void;
}

/** Text to token ids and back. */
export interface TextCodec {
  /** Ids that end with `</s>`. */
  encode(text: string): number[];
  /** Text without special tokens. */
  decode(ids: number[]): string;
}
