/**
 * The interface of a method of continual learning. A method decides what one training step is: which examples
 * it sees, what is added to the loss or done to the gradient, and what is kept between stages. Everything else
 * (order, evaluation, checkpoints, pausing) is the plan runner's and the same for all methods.
 */
import type { NamedTensor, TokenizedExample } from '../engine/types';
import type { Learner, LossReading } from './learner';
import type { PreparedTask } from './prepare';
import type { StageData } from './stageData';

export interface StageContext {
  learner: Learner;
  /** Counted from 1. */
  stage: number;
  /** Optimiser steps of this stage. */
  steps: number;
  task: PreparedTask;
  /** The rehearsed tasks and those of the stages before, first learnt first: what there is to replay or to protect. */
  earlier: readonly PreparedTask[];
  /** The rehearsed tasks, as stages before the first that took no step. */
  rehearsed: readonly StageData[];
  /** Every stage of the plan: `stages[stage − 1]` is this one, and those before it have been trained. */
  stages: readonly StageData[];
  /** Examples of the stage's own task a step. */
  batchSize: number;
  /** The run's seed, for draws of the method's own. */
  seed: number;
  /** To be called between two pieces of long work beside the steps; may wait, and throws to break off. */
  breathe: () => Promise<void>;
}

export interface StepContext extends StageContext {
  /** Counted from 0 within the stage. */
  step: number;
  /** The examples of the stage's own task that are due. */
  examples: TokenizedExample[];
}

export interface Method {
  /** Before the first step of a stage, with a fresh optimiser; not called again when a run resumes within it. */
  begin?(context: StageContext): Promise<void>;
  /** One optimiser step. A pure function of the context, the weights and `state`, or resuming is not exact. */
  step(context: StepContext): LossReading;
  /** After the last step of a stage and before it is scored, so that what it does to the weights is measured. */
  end?(context: StageContext): Promise<void>;
  /**
   * In place of a stage that another method trained, where a run forks: called for each of them, in order and at the
   * weights of the fork, before the next stage begins. What is learnt from the data of the stage is learnt here.
   */
  adopt?(context: StageContext): Promise<void>;
  /** What a resumed run needs beside weights and optimiser; kept in every checkpoint. */
  state?(): AsyncIterable<NamedTensor>;
  /** Puts `state` back, before anything else is called. */
  restore?(tensors: readonly NamedTensor[], learner: Learner): void;
}
