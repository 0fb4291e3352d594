/**
 * What a run learnt and what it kept, from its accuracy matrix: the two sides of every picture of methods. Rehearsed
 * tasks are old ones, as methods have it: learnt before the first stage.
 */
import type { RunConfig } from '../config';
import { trainsJointly } from '../methods';
import type { Metrics, Score } from '../result';
import { mean, type Estimated } from '../statistics';

/** As much of a run as these measures read; a RunResult and a kept cell of a study both have it. */
export interface ScoredRun {
  config: Pick<RunConfig, 'plan' | 'tasks' | 'method'>;
  matrix: readonly { stage: number; scores: readonly { task: string; score: Score }[] }[];
}

/** Null where one of several is unknown, since a mean over fewer tasks would be another measure. */
function meanOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 || known.length < values.length ? null : mean(known);
}

function scoreAt({ matrix }: ScoredRun, stage: number, task: string): number | null {
  const row = matrix.find((each) => each.stage === stage);
  return row?.scores.find((each) => each.task === task)?.score.value ?? null;
}

interface Learnt {
  task: string;
  /** After which the task was learnt: of a rehearsed one 0, since it was known before the run. */
  stage: number;
}

/** Tasks scored by their loss are left out of means: a loss is no share of a hundred. */
function inPoints({ tasks }: Pick<RunConfig, 'tasks'>, learnt: readonly Learnt[]): Learnt[] {
  return learnt.filter(({ task }) => tasks.find(({ id }) => id === task)?.metric !== 'loss');
}

/** The tasks of the stages, in order. */
function stagedTasks({ plan, method }: Pick<ScoredRun['config'], 'plan' | 'method'>): Learnt[] {
  const joint = trainsJointly(method);
  return plan.stages.map(({ task }, i) => ({ task, stage: joint ? 1 : i + 1 }));
}

/** What training could cost: rehearsed tasks, and those of the stages before the last. */
function oldTasks(config: ScoredRun['config']): Learnt[] {
  const known = (config.plan.rehearsed ?? []).map((task) => ({ task, stage: 0 }));
  return inPoints(config, [...known, ...stagedTasks(config).slice(0, -1)]);
}

/** What is learnt with something old to keep: of the stages all but the first, and the first where tasks are rehearsed. */
function newTasks(config: ScoredRun['config']): Learnt[] {
  const first = (config.plan.rehearsed ?? []).length > 0 ? 0 : 1;
  return inPoints(config, stagedTasks(config).slice(first));
}

/** The last row of a whole run. */
const endOf = ({ plan, method }: ScoredRun['config']): number =>
  trainsJointly(method) ? 1 : plan.stages.length;

/**
 * Mean over the new tasks of their scores at the end of their own stage, R[j][j]: of all stages but the first, or of
 * all where tasks are rehearsed. Null where the plan has no old tasks to keep meanwhile.
 */
export function newTaskScore(run: ScoredRun): number | null {
  return meanOf(newTasks(run.config).map(({ task, stage }) => scoreAt(run, stage, task)));
}

/** Mean over the rehearsed tasks and those before the last of their scores after the last stage, R[T][j]. */
export function oldTaskScore(run: ScoredRun): number | null {
  const end = endOf(run.config);
  return meanOf(oldTasks(run.config).map(({ task }) => scoreAt(run, end, task)));
}

/**
 * Retention in percent, with rehearsed tasks among the old ones: 100 · Σ R[T][j] / Σ R[j][j], R[0][j] of a rehearsed
 * one. Without such tasks it is the run's own measure. Null for joint training, which has no time at which a task had
 * been learnt.
 */
export function oldTaskRetention(run: ScoredRun & { metrics: Pick<Metrics, 'retention'> }): number | null {
  const { plan, method } = run.config;
  if (trainsJointly(method)) return null;
  if ((plan.rehearsed ?? []).length === 0) return run.metrics.retention ?? null;
  const learnt = meanOf(oldTasks(run.config).map(({ task, stage }) => scoreAt(run, stage, task)));
  const left = oldTaskScore(run);
  return left === null || learnt === null || learnt === 0 ? null : (100 * left) / learnt;
}

/** Whether no task that stages train has points, so that averages over them are not defined. */
export function allByLoss({ plan, tasks }: Pick<RunConfig, 'plan' | 'tasks'>): boolean {
  return plan.stages.every(({ task }) => tasks.find(({ id }) => id === task)?.metric === 'loss');
}

/** Why runs of a plan have no score of keeping and of learning; null where they have both. */
export function unscored({ plan, tasks }: Pick<RunConfig, 'plan' | 'tasks'>): 'alone' | 'nats' | null {
  const config: ScoredRun['config'] = { plan, tasks, method: { name: 'sequential' } };
  if (plan.stages.length < 2 && (plan.rehearsed ?? []).length === 0) return 'alone';
  return oldTasks(config).length === 0 || newTasks(config).length === 0 ? 'nats' : null;
}

/** What is kept at one share of old examples replayed, over seeds. */
export interface SharePoint {
  /** Of each task's training rows, 0 to 1. */
  share: number;
  retention: Estimated | null;
  /** Mean score on the old tasks. */
  old: Estimated | null;
  /** Mean score on the new ones. */
  learnt: Estimated | null;
}
