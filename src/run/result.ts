/** RunResult: what a run leaves behind, as JSON. `docs/run-config.md` documents it for people. */
import type { MetricName, RunConfig } from './config';
import type { Outcomes, TestRows } from './outcomes';

/** The machine and backend that a run was computed on. */
export interface DeviceInfo {
  /** `pytorch` for a result of the program that a hand-off holds. */
  backend: 'webgpu' | 'wasm' | 'pytorch';
  /** The adapter's own description, or the WASM features in use. */
  description: string;
  /** True for a WebGPU adapter that is emulated on the CPU. */
  software: boolean;
  threads: number;
  userAgent: string;
}

/** A score with its 95 % interval over `n` examples. Scores are 0 to 100; losses are nats a token. */
export interface Score {
  value: number;
  low: number;
  high: number;
  n: number;
}

/** One task scored at one step, on its fixed sample of validation rows. */
export interface EvaluationPoint {
  /** Training steps done so far, over all stages; 0 is before any training. */
  step: number;
  /** Stages finished so far, plus the one in progress: 0 before any training, then 1..T. */
  stage: number;
  task: string;
  score: Score;
  /** Mean teacher-forced loss, nats a target token. */
  loss: number;
}

/** A task's score after so many steps of learning it again. */
export type CurvePoint = Pick<EvaluationPoint, 'step' | 'score' | 'loss'>;

/** One task scored on its test part. */
export interface TestScore {
  task: string;
  metric: MetricName;
  score: Score;
  loss: number;
  /** Share of answers (0 to 100) that are one of the task's labels; absent for free text. */
  insideLabelSet?: number;
  /** Absent for free text, where switched off, and in records of earlier versions of the page. */
  knowledge?: KnowledgeScore;
  /** Row by row; absent in records of earlier versions of the page. */
  outcomes?: Outcomes;
}

/**
 * What the model knows apart from how it answers. A row counts as known when the right label has the highest
 * likelihood a token, in nats, of the labels that were compared, whatever the model would write by itself.
 */
export interface KnowledgeScore {
  /** Over the first `score.n` test rows. */
  score: Score;
  /** `score` less the exact match of the answers to the same rows: known, and not said in a form that counts. */
  formatLoss: number;
  /** Labels compared for each row, the right one among them, and labels of the task: fewer is easier. */
  labels: { compared: number; all: number };
}

/** A row of the accuracy matrix: every task after `stage` stages; row 0 is before any training. */
export interface MatrixRow {
  stage: number;
  step: number;
  scores: TestScore[];
}

/** One prompt and what the model answered at each stage. */
export interface Sample {
  task: string;
  prompt: string;
  reference: string;
  answers: { stage: number; answer: string; right: boolean }[];
}

/**
 * DESIGN.md, "Words". `null` where a measure is not defined (one stage, joint training). What is optional is
 * absent in records of earlier versions of the page.
 */
export interface Metrics {
  averageAccuracy: number | null;
  backwardTransfer: number | null;
  forgetting: number | null;
  /** R[T][j] − R[0][j] for each watched task. */
  watched: { task: string; change: number }[];
  /** 1/(T−1) Σ_{j>1} (R[j−1][j] − R[0][j]): what earlier stages did for tasks still to come. */
  forwardTransfer?: number | null;
  /** 100 · Σ_{j<T} R[T][j] / Σ_{j<T} R[j][j]: the share of the earlier tasks' scores that is left. */
  retention?: number | null;
  /** Average accuracy over the tasks learnt so far, after each stage. */
  curve?: { stage: number; averageAccuracy: number | null }[];
  /** How fast each stage's task was learnt; absent for joint training. */
  learning?: LearningSpeed[];
  /** How fast a forgotten task came back. */
  savings?: Savings[];
}

/** How fast a task was learnt in its stage, on the evaluation curve. */
export interface LearningSpeed {
  task: string;
  /** Mean score over the steps of the stage (area under the learning curve); nats for a loss. */
  area: number;
  /** Steps until nine tenths of the stage's gain were there; null when nothing was gained. */
  stepsToMostGain: number | null;
}

/** Relearning a task after the last stage against learning it the first time. */
export interface Savings {
  task: string;
  /** The score to come back to: nine tenths of the first gain. */
  criterion: number;
  firstSteps: number;
  /** Null when the criterion was not reached again. */
  againSteps: number | null;
  /** 100 · (1 − againSteps / firstSteps), as Ebbinghaus has it; null when it was not reached again. */
  percent: number | null;
}

/** A row that was right when its task had been learnt (for a watched task: before training), and no longer is. */
export interface LostExample {
  task: string;
  /** The row of the matrix in which it was wrong. */
  stage: number;
  prompt: string;
  reference: string;
  answer: string;
}

/** How far a stage moved each tensor. Measured when it is asked for, from the checkpoints. */
export interface WeightChange {
  /** From the weights before this stage to those after it; 1 begins at the model of the run. */
  stage: number;
  /** Euclidean norms: of the difference, and of the tensor before. At most some hundred, one a tensor. */
  tensors: { name: string; change: number; norm: number }[];
}

/** Scores along the straight line between two checkpoints. Measured when it is asked for. */
export interface Interpolation {
  /** From the weights before this stage (α 0) to those after it (α 1). */
  stage: number;
  /** In no order; each task of the run on its validation rows. At most 101. */
  points: { alpha: number; scores: { task: string; score: Score; loss: number }[] }[];
}

/**
 * What a run computed, so that methods are compared at an equal budget: tokens, of prompts and answers without
 * padding, that went through the model.
 */
export interface Cost {
  /** Forward and backward in optimiser steps, replayed examples included. */
  trainedTokens: number;
  /** Forward and backward for gradients that are no step's: Fisher estimates, A-GEM's reference. */
  gradientTokens: number;
  /** Forward only: a teacher's passes, logits to be stored. */
  forwardTokens: number;
  /** Most device memory held by the method's own sets at once. */
  setBytes: number;
  /** Numbers that a step moves; absent in records of earlier versions of the page. */
  trainedParameters?: number;
  /** Of all LoRA adapters together; absent where none is trained. */
  adapterBytes?: number;
}

export interface StageTiming {
  stage: number;
  trainSeconds: number;
  evaluationSeconds: number;
  stepSeconds: number;
}

/** What people have written on a run, and no part of what was computed. */
export interface Annotation {
  /** In place of the name that the page makes up. */
  name?: string;
  tags?: string[];
  notes?: string;
}

export type RunStatus = 'running' | 'paused' | 'interrupted' | 'stopped' | 'failed' | 'finished';

export interface RunResult {
  version: 1;
  id: string;
  name: string;
  status: RunStatus;
  /** Set when status is failed. */
  error?: string;
  /** ISO 8601 dates. */
  createdAt: string;
  updatedAt: string;
  config: RunConfig;
  device: DeviceInfo | null;
  parameters: number;
  /** What the run was made to fit the device with, in a few words; absent in records of earlier versions of the page. */
  memory?: string;
  /** The same in bytes, as planned: weights, gradients, optimiser, the method's copies, activations, caches. */
  memoryBytes?: number;
  /** Training steps done and planned, over all stages. */
  step: number;
  totalSteps: number;
  /** First step of each stage, counted from 0, and its task: the bands of the chart. */
  bands: { stage: number; task: string; from: number; to: number }[];
  /** Training loss of each step, nats a token. */
  losses: number[];
  evaluations: EvaluationPoint[];
  matrix: MatrixRow[];
  metrics: Metrics;
  samples: Sample[];
  /** What `outcomes` refer to; absent in records of earlier versions of the page, as is `lost`. */
  labels?: string[];
  testRows?: TestRows[];
  /** A few of each task and stage; `outcomes` has all of them. */
  lost?: LostExample[];
  /** Tasks learnt again after the last stage, each from the same weights; absent where the plan asks for none. */
  relearning?: { task: string; points: CurvePoint[] }[];
  /** What was measured on the checkpoints of a finished run; each stage once. */
  weightChanges?: WeightChange[];
  interpolations?: Interpolation[];
  timings: StageTiming[];
  /** Absent in records of earlier versions of the page. */
  cost?: Cost;
  annotation?: Annotation;
  /** Rows of each task whose prompt or answer was cut to the token limits. */
  truncated: { task: string; source: number; target: number; rows: number }[];
}
