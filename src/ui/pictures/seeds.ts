/** Forgetting curves over seeds: the mean of the runs of a group, with Student's t interval as its ribbon. */
import { tInterval } from '../../run/statistics';
import type { RunResult } from '../../run/result';
import { DASHES, measureAxis, PALETTE_SIZE, steps, type PlotView } from '../charts/view';
import { fixed } from '../format';
import { lastStep, series, type Measure, type Point } from '../run/series';
import type { SeedGroup } from './groups';

/** The mean of several curves at the steps that all of them have. */
export function meanCurve(curves: readonly (readonly Point[])[]): Point[] {
  const [first = [], ...others] = curves;
  return first.flatMap(({ x, y }) => {
    const values = [y];
    for (const curve of others) {
      const point = curve.find((p) => p.x === x);
      if (!point) return [];
      values.push(point.y);
    }
    const { mean, low, high, n } = tInterval(values);
    return [{ x, y: mean, low: low ?? mean, high: high ?? mean, n }];
  });
}

/** One task over several groups: a line a group. */
export function groupsView(groups: readonly SeedGroup[], taskId: string, measure: Measure): PlotView {
  const y = measureAxis(measure);
  const curve = (run: RunResult) =>
    series(run, measure).find((line) => line.task.id === taskId)?.points ?? [];
  return {
    lines: groups.flatMap((group, i) => {
      const points = meanCurve(group.runs.map(curve));
      const last = points.at(-1);
      if (!last) return [];
      return [
        {
          label: `${group.label}, ${group.runs.length === 1 ? '1 seed' : `${group.runs.length} seeds`}`,
          colour: i % PALETTE_SIZE,
          dash: DASHES[i % DASHES.length] ?? [],
          points,
          learnt: null,
          end: `${group.label} ${fixed(last.y, y.digits)}`,
        },
      ];
    }),
    bands: [],
    x: steps(Math.max(1, ...groups.flatMap(({ runs }) => runs.map(lastStep)))),
    y,
  };
}
