/**
 * Measures of an accuracy matrix, as DESIGN.md's "Words" and `docs/` name them. Stages count from 1; row 0 is
 * the model before any training.
 */
import type { MatrixRow, Metrics } from '../run/result';

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

/** R[t][j] − R[0][j]: what training on other tasks did to a watched one. */
export function watchedChange(first: number, last: number): number {
  return last - first;
}

/**
 * The measures of a run so far.
 * @param rows the rows of the stages finished, row 0 first
 * @param stageTasks the task of each stage, in order
 * @param watched tasks that are scored and never trained
 * @returns averages over tasks scored 0 to 100. A task scored by its loss is left out of them (nats are not
 * accuracy points); as a watched task its change is in nats.
 */
export function metricsOf(rows: readonly MatrixRow[], stageTasks: string[], watched: string[]): Metrics {
  const first = rows[0];
  const last = rows.at(-1);
  if (!first || !last) {
    return { averageAccuracy: null, backwardTransfer: null, forgetting: null, watched: [] };
  }
  const scoreOf = (row: MatrixRow, task: string): number => {
    const found = row.scores.find((s) => s.task === task);
    if (!found) throw new RangeError(`row ${row.stage} of the accuracy matrix lacks the task "${task}"`);
    return found.score.value;
  };
  const r = rows.map((row) => stageTasks.map((task) => scoreOf(row, task)));
  const inPoints = stageTasks.map((task) => first.scores.find((s) => s.task === task)?.metric !== 'loss');
  const counted: Counted = (stage) => inPoints[stage - 1] === true;
  return {
    averageAccuracy: averageAccuracy(r, counted),
    backwardTransfer: backwardTransfer(r, counted),
    forgetting: forgetting(r, counted),
    watched: watched.map((task) => ({
      task,
      change: watchedChange(scoreOf(first, task), scoreOf(last, task)),
    })),
  };
}
