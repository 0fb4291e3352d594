/**
 * Runs against one that is pinned: differences of what they ended with, with intervals of the paired bootstrap over
 * the test rows that both were scored on.
 */
import { trainsJointly } from '../../run/methods';
import { rowScores } from '../../run/outcomes';
import type { RunResult, TestScore } from '../../run/result';
import { mean, pairedBootstrap, type Pair } from '../../run/statistics';
import type { GridView } from '../charts/view';
import { fixed, signed } from '../format';
import { scoreAt } from '../run/headline';
import { tasksOf, type TaskInRun } from '../run/names';

/** A run less the baseline. */
export interface Delta {
  difference: number;
  /** Null where the rows are not the same, or not kept. */
  low: number | null;
  high: number | null;
  digits: number;
  /** Whether the interval leaves out 0, and on which side. */
  verdict: 'better' | 'worse' | 'unclear';
}

export interface BaselineColumn {
  key: string;
  label: string;
  /** For a run; null where it has no such measure, or the baseline has none. Takes a while the first time. */
  delta: (run: RunResult) => Delta | null;
  /** What can be said at once: without its interval until `delta` has been asked for. */
  soon: (run: RunResult) => Delta | null;
  pending: (run: RunResult) => boolean;
}

/** Whether a task of two runs was scored on the same rows. */
export function sameRows(a: RunResult, b: RunResult, task: string): boolean {
  const [x, y] = [a, b].map((run) => run.testRows?.find((rows) => rows.task === task));
  const [u, v] = [a, b].map((run) => run.config.tasks.find(({ id }) => id === task)?.data);
  if (!x || !y || x.n !== y.n || x.of !== y.of || JSON.stringify(u) !== JSON.stringify(v)) return false;
  // Codes count the labels of a run, which other tasks of it may have moved.
  return JSON.stringify(a.labels) !== JSON.stringify(b.labels) || x.references === y.references;
}

function rowsOf(run: RunResult, score: TestScore): number[] | null {
  const n = run.testRows?.find((rows) => rows.task === score.task)?.n;
  return score.outcomes && n !== undefined ? rowScores(score.outcomes, n) : null;
}

const lastStage = (run: RunResult): number => run.matrix.at(-1)?.stage ?? 0;

/** Whether another run was scored on a task of the baseline's. */
export function comparable(run: RunResult, baseline: RunResult): boolean {
  const own = tasksOf(run.config).map(({ id }) => id);
  return (
    run.id !== baseline.id &&
    run.matrix.length > 0 &&
    tasksOf(baseline.config).some(({ id }) => own.includes(id))
  );
}

/** A measure of a task as its value and, where they are kept, as a mean over rows. */
export interface Measured {
  value: number;
  rows: number[] | null;
}

export const ended = (run: RunResult, task: TaskInRun): Measured | null => {
  const score = scoreAt(run, lastStage(run), task.id);
  return score ? { value: score.score.value, rows: rowsOf(run, score) } : null;
};

/** What changed from one row of the matrix to the last. */
function changed(run: RunResult, task: TaskInRun, from: number): Measured | null {
  const [before, after] = [scoreAt(run, from, task.id), scoreAt(run, lastStage(run), task.id)];
  if (!before || !after) return null;
  const [b, a] = [rowsOf(run, before), rowsOf(run, after)];
  const rows = a && b ? a.map((value, i) => value - (b[i] ?? 0)) : null;
  return { value: after.score.value - before.score.value, rows };
}

/** Since the stage that trains it; null for the last task, which has nothing to lose yet, and for watched ones. */
export function sinceLearnt(run: RunResult, task: TaskInRun): Measured | null {
  const last = lastStage(run);
  return task.stage === null || task.stage >= last ? null : changed(run, task, task.stage);
}

/** Since its best stage, turned round so that more is worse, as forgetting is. */
export function sinceBest(run: RunResult, task: TaskInRun): Measured | null {
  const last = lastStage(run);
  if (task.stage === null || task.stage >= last) return null;
  const stages = Array.from({ length: last - task.stage }, (_, i) => (task.stage ?? 0) + i);
  const value = (stage: number) => scoreAt(run, stage, task.id)?.score.value ?? -Infinity;
  const best = stages.reduce((a, b) => (value(b) > value(a) ? b : a));
  const change = changed(run, task, best);
  return change && { value: -change.value, rows: change.rows?.map((row) => -row) ?? null };
}

const RESAMPLES = 1000;

interface Rule {
  measure: (run: RunResult, task: TaskInRun) => Measured | null;
  tasks: (run: RunResult) => TaskInRun[];
  /** Whether more is better. */
  up: boolean;
  digits: number;
}

function delta(
  run: RunResult,
  baseline: RunResult,
  { measure, tasks, up, digits }: Rule,
  interval: boolean,
): Delta | null {
  const shared = tasks(baseline).filter(({ id }) => tasks(run).some((task) => task.id === id));
  if (shared.length === 0 || shared.length < tasks(baseline).length) return null;
  const pairs: Pair[] = [];
  const differences: number[] = [];
  for (const task of shared) {
    const own = tasks(run).find(({ id }) => id === task.id) ?? task;
    const [a, b] = [measure(run, own), measure(baseline, task)];
    if (!a || !b) return null;
    differences.push(a.value - b.value);
    if (a.rows && a.rows.length === b.rows?.length && sameRows(run, baseline, task.id))
      pairs.push({ a: a.rows, b: b.rows });
  }
  const difference = mean(differences);
  if (!interval || pairs.length < shared.length)
    return { difference, low: null, high: null, digits, verdict: 'unclear' };
  const { low, high } = pairedBootstrap([pairs], { resamples: RESAMPLES });
  const above = low !== null && low > 0;
  const below = high !== null && high < 0;
  const verdict = above ? (up ? 'better' : 'worse') : below ? (up ? 'worse' : 'better') : 'unclear';
  return { difference, low, high, digits, verdict };
}

const inPoints = ({ metric }: TaskInRun): boolean => metric !== 'loss';

/** Tasks that are trained and scored in points. */
export const trainedTasks = (run: RunResult): TaskInRun[] =>
  tasksOf(run.config).filter((task) => task.stage !== null && inPoints(task));

/** Of those, the ones that had time to be forgotten. */
export const earlierTasks = (run: RunResult): TaskInRun[] =>
  trainedTasks(run).filter((task) => (task.stage ?? 0) < lastStage(run));

/** By the matrices of the run and of the baseline: a bootstrap takes a while, and the page asks at every change. */
const known = new WeakMap<object, WeakMap<object, Map<string, Delta | null>>>();

function knownOf(run: RunResult, baseline: RunResult): Map<string, Delta | null> {
  const ofRun = known.get(run.matrix) ?? new WeakMap<object, Map<string, Delta | null>>();
  known.set(run.matrix, ofRun);
  const deltas = ofRun.get(baseline.matrix) ?? new Map<string, Delta | null>();
  ofRun.set(baseline.matrix, deltas);
  return deltas;
}

// @wc-include
const FORGETTING = 'forgetting';

/** What can be said of runs against the baseline, which has the tasks. */
export function baselineColumns(baseline: RunResult): BaselineColumn[] {
  const earlier = (run: RunResult) => (trainsJointly(run.config.method) ? [] : earlierTasks(run));
  const column = (key: string, label: string, rule: Rule): BaselineColumn => ({
    key,
    label,
    delta: (run) => {
      const deltas = knownOf(run, baseline);
      if (!deltas.has(key)) deltas.set(key, delta(run, baseline, rule, true));
      return deltas.get(key) ?? null;
    },
    soon: (run) => {
      const deltas = knownOf(run, baseline);
      return deltas.has(key) ? (deltas.get(key) ?? null) : delta(run, baseline, rule, false);
    },
    pending: (run) => !knownOf(run, baseline).has(key),
  });
  const points = { up: true, digits: 1 };
  return [
    column('averageAccuracy', 'average accuracy', { ...points, measure: ended, tasks: trainedTasks }),
    column('backwardTransfer', 'backward transfer', { ...points, measure: sinceLearnt, tasks: earlier }),
    column('forgetting', FORGETTING, { ...points, up: false, measure: sinceBest, tasks: earlier }),
    ...tasksOf(baseline.config).map((task) =>
      column(`task-${task.id}`, task.stage === null ? `${task.name}, watched` : task.name, {
        up: inPoints(task),
        digits: inPoints(task) ? 1 : 3,
        measure: ended,
        tasks: (run) => tasksOf(run.config).filter(({ id }) => id === task.id),
      }),
    ),
  ];
}

export const SIGNS = { better: '▲', worse: '▼', unclear: '' } as const;

const VERDICTS = {
  better: 'better beyond chance',
  worse: 'worse beyond chance',
  unclear: 'no difference beyond chance',
} as const;

export const rangeOf = ({ low, high, digits }: Delta): string | undefined =>
  low === null || high === null ? undefined : `${fixed(low, digits)} to ${fixed(high, digits)}`;

/** The same as a picture and a table, as far as it is worked out. */
export function baselineView(
  columns: readonly BaselineColumn[],
  runs: readonly { label: string; run: RunResult }[],
): GridView {
  return {
    about: { columns: 'difference in', rows: 'run', value: 'difference' },
    columns: columns.map(({ label }) => label),
    rows: runs.map(({ label }) => label),
    cells: runs.map(({ label, run }) =>
      columns.map((column) => {
        const d = column.soon(run);
        if (!d) return { value: null, text: '–', strength: 0, title: 'not to be compared' };
        const range = rangeOf(d);
        const text = `${signed(d.difference, d.digits)}${SIGNS[d.verdict] && ` ${SIGNS[d.verdict]}`}`;
        return {
          value: d.difference,
          text,
          strength: d.verdict === 'unclear' ? 0 : 0.5,
          outlined: d.verdict === 'better',
          title: `${label}, ${column.label}: ${text}, ${range ? `95 % interval ${range}: ${VERDICTS[d.verdict]}` : 'not the same rows, so no interval'}`,
          ...(range && { note: range }),
        };
      }),
    ),
  };
}
