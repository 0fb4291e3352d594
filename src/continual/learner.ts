/** What a plan needs of a model in training: small enough to be played by a fake in tests. */
import type { Batch, GenerationSettings, NamedTensor, RowLosses } from '../engine/types';

/** The mean loss of one training step, in nats a target token, on its way from the device. */
export interface LossReading {
  /** Reads the loss and frees what held it; call once. */
  value(): Promise<number>;
  /** Frees it unread. */
  discard(): void;
}

export interface StageSettings {
  /** Optimiser steps of the stage, for its learning rate schedule. */
  steps: number;
  /** Of dropout; each stage of a run has its own. */
  seed: number;
}

export interface Learner {
  readonly parameterCount: number;
  /** A fresh optimiser with its step counter at 0; the one before is freed. */
  beginStage(settings: StageSettings): void;
  /** One optimiser step. The reading may be awaited some steps later. */
  step(batch: Batch): LossReading;
  /** The learning rate that step `index` of the stage, from 0, is taken with. */
  learningRate(index: number): number;
  /** Teacher-forced loss, row by row, dropout off. */
  rowLosses(batch: Batch): Promise<RowLosses>;
  /** Token ids of the answers, without start, end and padding. */
  generate(sources: number[][], settings: GenerationSettings): Promise<number[][]>;
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
