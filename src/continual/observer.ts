/** What a plan tells of itself while it runs, and what it asks for. */
import type { EvaluationPoint, MatrixRow } from '../run/result';

export type RunPhase = 'compiling' | 'scoring' | 'training' | 'relearning' | 'paused' | 'saving';

/** Work whose duration was measured; what is left is estimated from it. */
export type MeasuredWork =
  | { kind: 'step'; seconds: number }
  | { kind: 'rows'; task: string; rows: number; seconds: number }
  | { kind: 'save'; seconds: number };

/** What is still to be done until the end of a run. */
export interface WorkLeft {
  steps: number;
  /** To be scored, task by task. */
  rows: ReadonlyMap<string, number>;
}

export interface RunObserver {
  /** What is being done now. `detail` names it, `share` is its part done, 0 to 1. */
  phase(phase: RunPhase, detail?: string, share?: number): void;
  /** A pause or a checkpoint is over, and what was being done before goes on. */
  continued(): void;
  measured(work: MeasuredWork): void;
  /** Losses of the steps from `from`, counted from 0 over the run. */
  losses(from: number, values: number[]): void;
  evaluations(points: EvaluationPoint[]): void;
  /** Metrics, samples and timings in the record are those after this row. */
  row(row: MatrixRow): void;
}

/** A place in a run that can be gone on from. */
export interface CheckpointPlace {
  /** `stage` when a stage has just been finished and scored, `step` within one. */
  kind: 'stage' | 'step';
  /** Stages finished; the one in progress is the next. */
  stage: number;
  /** Training steps done over the run. */
  step: number;
}
