/** What a run learnt and what it kept, from its accuracy matrix alone: the two sides of every picture of methods. */
import type { RunConfig } from '../config';
import { trainsJointly } from '../methods';
import type { Score } from '../result';
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

/** The trained tasks with the stage that trains each, without those scored by a loss, which is no share of a hundred. */
function scored({ config: { plan, tasks, method } }: ScoredRun): { task: string; stage: number }[] {
  const joint = trainsJointly(method);
  return plan.stages.flatMap(({ task }, i) =>
    tasks.find(({ id }) => id === task)?.metric === 'loss' ? [] : [{ task, stage: joint ? 1 : i + 1 }],
  );
}

/**
 * Mean over the tasks after the first of their scores at the end of their own stage, R[j][j] for j > 1: with old
 * tasks to keep, this is what was learnt. Null for plans of one stage.
 */
export function newTaskScore(run: ScoredRun): number | null {
  const first = run.config.plan.stages[0]?.task;
  const tasks = scored(run).filter(({ task }) => task !== first);
  return meanOf(tasks.map(({ task, stage }) => scoreAt(run, stage, task)));
}

/** Mean over the tasks before the last of their scores after the last stage, R[T][j] for j < T. */
export function oldTaskScore(run: ScoredRun): number | null {
  const { stages } = run.config.plan;
  const last = stages.at(-1)?.task;
  const end = trainsJointly(run.config.method) ? 1 : stages.length;
  const tasks = scored(run).filter(({ task }) => task !== last);
  return meanOf(tasks.map(({ task }) => scoreAt(run, end, task)));
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
