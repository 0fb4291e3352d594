/**
 * The stability–plasticity plane: what each method keeps of the old tasks against how well it learns the new ones.
 * @see Mermillod et al. 2013, on the dilemma
 */
import type { Estimated } from '../../run/statistics';
import { newTaskScore, oldTaskRetention, oldTaskScore, type MethodRow } from '../../run/study';
import { PALETTE_SIZE, type PlotPoint, type PlotView } from '../charts/view';
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

/** Points in their order, each told whether it lies on the frontier. */
function withFrontier(points: readonly Omit<PlanePoint, 'frontier'>[]): PlanePoint[] {
  const beaten = (p: Omit<PlanePoint, 'frontier'>) =>
    points.some(
      (q) =>
        q.learnt.mean >= p.learnt.mean &&
        q.kept.mean >= p.kept.mean &&
        (q.learnt.mean > p.learnt.mean || q.kept.mean > p.kept.mean),
    );
  return points.map((point) => ({ ...point, frontier: !beaten(point) }));
}

/** A point for each group that has both measures. */
export function planePoints(groups: readonly SeedGroup[], kept: Kept): PlanePoint[] {
  return withFrontier(
    groups.flatMap((group, place) => {
      const learnt = overSeeds(group, newTaskScore);
      const left = overSeeds(group, kept === 'old' ? oldTaskScore : oldTaskRetention);
      return learnt && left ? [{ label: group.label, place, learnt, kept: left }] : [];
    }),
  );
}

/** The same for the methods of a study, from what is kept of its cells. */
export function methodPoints(rows: readonly MethodRow[], kept: Kept): PlanePoint[] {
  return withFrontier(
    rows.flatMap(({ method, newTasks, oldTasks, retention }, place) => {
      const left = kept === 'old' ? oldTasks : retention;
      return newTasks && left ? [{ label: method, place, learnt: newTasks, kept: left }] : [];
    }),
  );
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

// @wc-include
const FRONTIER = 'frontier';

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
              label: FRONTIER,
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
