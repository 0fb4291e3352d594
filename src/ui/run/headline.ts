/** What each task won or lost, in words: `Reviews 92 → 41 (−51)`. */
import type { RunResult, TestScore } from '../../run/result';
import { fixed, signed } from '../format';
import { isCurveless } from '../study/cellRuns';
import { bandOf, tasksOf, type TaskInRun } from './names';

export interface Change {
  task: TaskInRun;
  /** Why these two ends: a trained task from when it was learnt, a watched one from before the run. */
  since: 'learnt' | 'before';
  from: number;
  to: number;
  /** Positive is better, also for losses. */
  gain: number;
  text: string;
}

/**
 * From R[j][j] to the last row for a task that was trained in an earlier stage, from row 0 to the last row for a
 * watched task. The task of the last row's own stage has nothing to lose yet: see `learning`.
 */
export function changes(result: RunResult): Change[] {
  const last = result.matrix.at(-1);
  if (!last) return [];
  return tasksOf(result.config).flatMap((task) => {
    const fromStage = task.stage ?? 0;
    if (fromStage >= last.stage) return [];
    return change(result, task, fromStage, last.stage, task.stage === null ? 'before' : 'learnt');
  });
}

/** What training gave: from row 0 to the row of the task's own stage. */
export function learning(result: RunResult): Change[] {
  return tasksOf(result.config).flatMap((task) =>
    task.stage === null ? [] : change(result, task, 0, task.stage, 'before'),
  );
}

/** The one sentence over the chart: the largest loss, or what was learnt while nothing can be lost yet. */
export function headline(result: RunResult): Change | null {
  const lost = changes(result);
  if (lost.length > 0) return lost.reduce((worst, c) => (c.gain < worst.gain ? c : worst));
  return learning(result).at(-1) ?? null;
}

export function scoreAt(result: RunResult, stage: number, task: string): TestScore | undefined {
  return result.matrix.find((r) => r.stage === stage)?.scores.find((s) => s.task === task);
}

/**
 * The same from the curves, on validation rows, where they are ahead of R, as they are within a stage: the largest
 * loss of a task already learnt, else what the task in training has won.
 */
export function soFar(result: RunResult): Change | null {
  if (isCurveless(result)) return null;
  const band = result.bands.find((b) => result.step > b.from && result.step <= b.to);
  if (result.status === 'finished' || !band || (result.matrix.at(-1)?.stage ?? 0) >= band.stage) return null;
  const found = tasksOf(result.config).flatMap((task) => {
    if (task.stage === null || task.stage > band.stage) return [];
    const own = bandOf(result, task);
    const since = task.stage === band.stage ? own?.from : own?.to;
    const points = result.evaluations.filter((e) => e.task === task.id && e.step >= (since ?? 0));
    const [from, to] = [points[0]?.score.value, points.at(-1)?.score.value];
    if (points.length < 2 || from === undefined || to === undefined) return [];
    return [worded(task, task.stage === band.stage ? 'before' : 'learnt', from, to)];
  });
  const lost = found.filter((c) => c.since === 'learnt');
  if (lost.length > 0) return lost.reduce((worst, c) => (c.gain < worst.gain ? c : worst));
  return found.at(-1) ?? null;
}

function change(
  result: RunResult,
  task: TaskInRun,
  fromStage: number,
  toStage: number,
  since: Change['since'],
): Change[] {
  const from = scoreAt(result, fromStage, task.id)?.score.value;
  const to = scoreAt(result, toStage, task.id)?.score.value;
  return from === undefined || to === undefined ? [] : [worded(task, since, from, to)];
}

function worded(task: TaskInRun, since: Change['since'], from: number, to: number): Change {
  const digits = task.metric === 'loss' ? 2 : 0;
  // Round first, so that the three figures agree with one another.
  const rounded = Number(to.toFixed(digits)) - Number(from.toFixed(digits));
  const text = `${task.name} ${fixed(from, digits)} → ${fixed(to, digits)} (${signed(rounded, digits)})`;
  return { task, since, from, to, gain: task.metric === 'loss' ? from - to : to - from, text };
}
