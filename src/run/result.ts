/** RunResult: what a run leaves behind, as JSON. `docs/run-config.md` documents it for people. */
import type { MetricName, RunConfig } from './config';

/** The machine and backend that a run was computed on. */
export interface DeviceInfo {
  backend: 'webgpu' | 'wasm';
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

/** One task scored on its test part. */
export interface TestScore {
  task: string;
  metric: MetricName;
  score: Score;
  loss: number;
  /** Share of answers (0 to 100) that are one of the task's labels; absent for free text. */
  insideLabelSet?: number;
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

/** DESIGN.md, "Words". `null` where a measure is not defined (one stage, joint training). */
export interface Metrics {
  averageAccuracy: number | null;
  backwardTransfer: number | null;
  forgetting: number | null;
  /** R[T][j] − R[0][j] for each watched task. */
  watched: { task: string; change: number }[];
}

export interface StageTiming {
  stage: number;
  trainSeconds: number;
  evaluationSeconds: number;
  stepSeconds: number;
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
  timings: StageTiming[];
  /** Rows of each task whose prompt or answer was cut to the token limits. */
  truncated: { task: string; source: number; target: number; rows: number }[];
}
