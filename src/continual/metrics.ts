/**
 * Measures of an accuracy matrix, as DESIGN.md's "Words" and `docs/` name them. Stages count from 1; row 0 is
 * the model before any training.
 */
import { trainsJointly } from '../run/methods';
import type { MatrixRow, Metrics, RunResult } from '../run/result';
import { learningSpeed, savings } from './speed';

/**
 * The accuracy matrix R: `r[i][j - 1]` is the score (0 to 100) on the task of stage j after i stages. A run in
 * progress has the rows of the stages finished so far, while each row has a column for every stage of the plan.
 */
export type AccuracyMatrix = readonly (readonly number[])[];

/** R[i][j] with both counted as in the papers: i from 0, j from 1. */
function entry(r: AccuracyMatrix, i: number, j: number): number {
  const score = r[i]?.[j - 1];
  if (score === undefined) throw new RangeError(`the accuracy matrix has no entry R[${i}][${j}]`);
  return score;
}

/** Says which stages' tasks take part in an average; all of them unless told otherwise. */
type Counted = (stage: number) => boolean;
const all: Counted = () => true;

/** The mean of `value` over the counted stages 1..last; null where there are none. */
function meanOver(last: number, counted: Counted, value: (j: number) => number): number | null {
  const stages = Array.from({ length: Math.max(0, last) }, (_, k) => k + 1).filter(counted);
  return stages.length === 0 ? null : stages.reduce((sum, j) => sum + value(j), 0) / stages.length;
}

/**
 * ACC = 1/t Σ_{j≤t} R[t][j] over the tasks learnt in the t stages so far; null before the first stage ends.
 * @see Lopez-Paz & Ranzato 2017
 */
export function averageAccuracy(r: AccuracyMatrix, counted = all): number | null {
  const t = r.length - 1;
  return meanOver(t, counted, (j) => entry(r, t, j));
}

/**
 * BWT = 1/(t−1) Σ_{j<t} (R[t][j] − R[j][j]); null with fewer than two stages. Divided by t−1, not by t as in
 * the code of GEM.
 * @see Lopez-Paz & Ranzato 2017
 */
export function backwardTransfer(r: AccuracyMatrix, counted = all): number | null {
  const t = r.length - 1;
  return meanOver(t - 1, counted, (j) => entry(r, t, j) - entry(r, j, j));
}

/**
 * F = 1/(t−1) Σ_{j<t} (max_{j≤l<t} R[l][j] − R[t][j]); null with fewer than two stages. Negative when the last
 * stage made earlier tasks better than they ever were, since the maximum leaves out the last row.
 * @see Chaudhry et al. 2018
 */
export function forgetting(r: AccuracyMatrix, counted = all): number | null {
  const t = r.length - 1;
  return meanOver(t - 1, counted, (j) => {
    let best = -Infinity;
    for (let l = j; l < t; l++) best = Math.max(best, entry(r, l, j));
    return best - entry(r, t, j);
  });
}

/**
 * FWT = 1/(t−1) Σ_{1<j≤t} (R[j−1][j] − R[0][j]): what the stages before a task's own did for it; null with fewer
 * than two stages. Lopez-Paz & Ranzato's b is a model at random; ours is the model before any training.
 * @see Lopez-Paz & Ranzato 2017; Díaz-Rodríguez et al. 2018
 */
export function forwardTransfer(r: AccuracyMatrix, counted = all): number | null {
  const t = r.length - 1;
  return meanOver(
    t,
    (j) => j > 1 && counted(j),
    (j) => entry(r, j - 1, j) - entry(r, 0, j),
  );
}

/**
 * Retention, in percent: 100 · Σ_{j<t} R[t][j] / Σ_{j<t} R[j][j]. A ratio of sums and no mean of ratios, so that
 * a task that was hardly learnt does not count as much as the others. Null with fewer than two stages, or when
 * nothing was learnt.
 */
export function retention(r: AccuracyMatrix, counted = all): number | null {
  const t = r.length - 1;
  const left = meanOver(t - 1, counted, (j) => entry(r, t, j));
  const learnt = meanOver(t - 1, counted, (j) => entry(r, j, j));
  return left === null || learnt === null || learnt === 0 ? null : (100 * left) / learnt;
}

/** R[t][j] − R[0][j]: what training on other tasks did to a watched one. */
export function watchedChange(first: number, last: number): number {
  return last - first;
}

/** Nothing measured yet. */
export const noMetrics: Metrics = {
  averageAccuracy: null,
  backwardTransfer: null,
  forgetting: null,
  watched: [],
};

/**
 * The measures of a run so far.
 * @param rows the rows of the stages finished, row 0 first
 * @param stageTasks the task of each stage, in order
 * @param watched tasks that are scored and never trained
 * @param joint all tasks are trained at once in a single stage: there is no diagonal, and what needs one is null
 * @returns averages over tasks scored 0 to 100. A task scored by its loss is left out of them (nats are not
 * accuracy points); as a watched task its change is in nats.
 */
export function metricsOf(
  rows: readonly MatrixRow[],
  stageTasks: readonly string[],
  watched: readonly string[],
  joint = false,
): Metrics {
  const first = rows[0];
  const last = rows.at(-1);
  if (!first || !last) return structuredClone(noMetrics);
  const scoreOf = (row: MatrixRow, task: string): number => {
    const found = row.scores.find((s) => s.task === task);
    if (!found) throw new RangeError(`row ${row.stage} of the accuracy matrix lacks the task "${task}"`);
    return found.score.value;
  };
  const r = rows.map((row) => stageTasks.map((task) => scoreOf(row, task)));
  const inPoints = stageTasks.map((task) => first.scores.find((s) => s.task === task)?.metric !== 'loss');
  const counted: Counted = (stage) => inPoints[stage - 1] === true;
  const changes = watched.map((task) => ({
    task,
    change: watchedChange(scoreOf(first, task), scoreOf(last, task)),
  }));
  if (joint) {
    const learnt = rows.length > 1 ? meanOver(stageTasks.length, counted, (j) => entry(r, 1, j)) : null;
    return {
      averageAccuracy: learnt,
      backwardTransfer: null,
      forgetting: null,
      watched: changes,
      forwardTransfer: null,
      retention: null,
      curve: rows.slice(1).map(({ stage }) => ({ stage, averageAccuracy: learnt })),
    };
  }
  return {
    averageAccuracy: averageAccuracy(r, counted),
    backwardTransfer: backwardTransfer(r, counted),
    forgetting: forgetting(r, counted),
    watched: changes,
    forwardTransfer: forwardTransfer(r, counted),
    retention: retention(r, counted),
    curve: rows.slice(1).map(({ stage }, i) => ({
      stage,
      averageAccuracy: averageAccuracy(r.slice(0, i + 2), counted),
    })),
  };
}

/** The measures of a record as it stands. */
export function metricsOfRecord(record: RunResult): Metrics {
  const { stages, watched } = record.config.plan;
  const tasks = stages.map((stage) => stage.task);
  const joint = trainsJointly(record.config.method);
  const metrics = metricsOf(record.matrix, tasks, watched, joint);
  if (joint) return metrics;
  const learnt = record.bands.filter((band) => band.stage < record.matrix.length);
  const falls = (task: string): boolean =>
    record.config.tasks.find(({ id }) => id === task)?.metric === 'loss';
  const learning = learnt.flatMap((band) => learningSpeed(record.evaluations, band, falls(band.task)) ?? []);
  const again = (record.relearning ?? []).flatMap(({ task, points }) => {
    const band = record.bands.find((b) => b.task === task);
    return (band && savings(record.evaluations, band, points, falls(task))) ?? [];
  });
  return { ...metrics, learning, ...(again.length > 0 ? { savings: again } : {}) };
}
