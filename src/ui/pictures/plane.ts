/**
 * The stability–plasticity plane: what each method keeps of the old tasks against how well it learns the new ones.
 * @see Mermillod et al. 2013, on the dilemma
 */
import { trainsJointly } from '../../run/methods';
import type { MatrixRow, RunResult } from '../../run/result';
import type { Estimated } from '../../run/statistics';
import { PALETTE_SIZE, type PlotPoint, type PlotView } from '../charts/view';
import { tasksOf } from '../run/names';
import { overSeeds, type SeedGroup } from './groups';

/**
 * What is kept: `retention` is the share of the old tasks' scores that is left, `old` the mean of these scores,
 * which joint training has too.
 */
export type Kept = 'retention' | 'old';

export interface PlanePoint {
  label: string;
  /** Place among the groups, which gives its colour. */
  place: number;
  learnt: Estimated;
  kept: Estimated;
  /** No other method both keeps and learns at least as much, and one of the two better. */
  frontier: boolean;
}

const scoreIn = (row: MatrixRow | undefined, task: string): number | null =>
  row?.scores.find((score) => score.task === task)?.score.value ?? null;

function meanOf(values: (number | null)[]): number | null {
  const known = values.filter((value): value is number => value !== null);
  return known.length === 0 || known.length < values.length
    ? null
    : known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The tasks that were trained, in order, without those scored by a loss, which is no share of a hundred. */
function scored(run: RunResult) {
  return tasksOf(run.config).filter((task) => task.stage !== null && task.metric !== 'loss');
}

/**
 * Mean over the tasks after the first of their scores at the end of their own stage, R[j][j] for j > 1: with old
 * tasks to keep, this is what was learnt. Null for plans of one stage.
 */
export function newTaskScore(run: RunResult): number | null {
  const first = run.config.plan.stages[0]?.task;
  const tasks = scored(run).filter((task) => task.id !== first);
  return meanOf(
    tasks.map((task) =>
      scoreIn(
        run.matrix.find((row) => row.stage === task.stage),
        task.id,
      ),
    ),
  );
}

/** Mean over the tasks before the last of their scores after the last stage, R[T][j] for j < T. */
export function oldTaskScore(run: RunResult): number | null {
  const last = run.config.plan.stages.at(-1)?.task;
  const row = run.matrix.find(({ stage }) => stage === run.bands.length);
  return meanOf(
    scored(run)
      .filter((task) => task.id !== last)
      .map((task) => scoreIn(row, task.id)),
  );
}

function keptBy(run: RunResult, kept: Kept): number | null {
  if (kept === 'old') return oldTaskScore(run);
  return trainsJointly(run.config.method) ? null : (run.metrics.retention ?? null);
}

/** A point for each group that has both measures. */
export function planePoints(groups: readonly SeedGroup[], kept: Kept): PlanePoint[] {
  const points = groups.flatMap((group, place) => {
    const learnt = overSeeds(group, newTaskScore);
    const left = overSeeds(group, (run) => keptBy(run, kept));
    return learnt && left ? [{ label: group.label, place, learnt, kept: left, frontier: false }] : [];
  });
  const beaten = (p: PlanePoint) =>
    points.some(
      (q) =>
        q.learnt.mean >= p.learnt.mean &&
        q.kept.mean >= p.kept.mean &&
        (q.learnt.mean > p.learnt.mean || q.kept.mean > p.kept.mean),
    );
  return points.map((point) => ({ ...point, frontier: !beaten(point) }));
}

/** Up to what a mean and its interval say, as a point; an interval beyond what can be is cut where it is drawn. */
function dot({ learnt, kept }: PlanePoint): PlotPoint {
  return {
    x: learnt.mean,
    xLow: learnt.low ?? learnt.mean,
    xHigh: learnt.high ?? learnt.mean,
    y: kept.mean,
    low: kept.low ?? kept.mean,
    high: kept.high ?? kept.mean,
    n: kept.n,
  };
}

/** From the tens below the least of the values to the tens above the largest, intervals cut at 0 and 100. */
function around(values: readonly Estimated[]): { min: number; max: number } {
  if (values.length === 0) return { min: 0, max: 100 };
  const least = Math.min(...values.map(({ mean, low }) => Math.max(0, low ?? mean)));
  const most = Math.max(...values.map(({ mean, high }) => Math.min(100, high ?? mean)));
  return {
    min: 10 * Math.floor(Math.max(0, least - 2) / 10),
    max: 10 * Math.ceil(Math.min(100, most + 2) / 10),
  };
}

export function planeView(points: readonly PlanePoint[], kept: Kept): PlotView {
  const frontier = points.filter((p) => p.frontier).sort((a, b) => a.learnt.mean - b.learnt.mean);
  return {
    lines: [
      ...points.map((p) => ({
        label: p.label,
        colour: p.place % PALETTE_SIZE,
        dash: [],
        learnt: null,
        end: p.label,
        shape: 'dots' as const,
        points: [dot(p)],
      })),
      ...(frontier.length > 1
        ? [
            {
              label: 'frontier',
              colour: -1,
              dash: [4, 4],
              learnt: null,
              end: '',
              points: frontier.map((p) => ({ ...dot(p), low: p.kept.mean, high: p.kept.mean })),
            },
          ]
        : []),
    ],
    bands: [],
    x: { title: 'score on new tasks', ...around(points.map((p) => p.learnt)), digits: 1 },
    y: {
      title: kept === 'retention' ? 'retention of old tasks, %' : 'score on old tasks',
      min: 0,
      max: kept === 'retention' ? null : 100,
      digits: 1,
    },
  };
}
