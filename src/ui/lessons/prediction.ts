/** The line that a reader draws before training: one height at each place where the run is scored. */
import type { Point } from '../run/series';

export interface DrawnPoint {
  x: number;
  /** 0 to 100. */
  y: number;
}

const within = (y: number): number => Math.min(100, Math.max(0, y));

/** A flat line from where the model is now: drawing begins by bending it. */
export function flatLine(places: readonly number[], start: number): DrawnPoint[] {
  return places.map((x) => ({ x, y: Math.round(start) }));
}

/** One point set; the first is where the model is and stays. */
export function withHeight(line: readonly DrawnPoint[], index: number, y: number): DrawnPoint[] {
  return line.map((point, i) => (i === index && i > 0 ? { ...point, y: Math.round(within(y)) } : point));
}

/** The point nearest to a place, never the first. */
export function nearest(line: readonly DrawnPoint[], x: number): number {
  let best = 1;
  line.forEach((point, i) => {
    if (i > 0 && Math.abs(point.x - x) < Math.abs((line[best]?.x ?? 0) - x)) best = i;
  });
  return best;
}

/**
 * A stroke of a pen from one place to another: the points it passes lie on it, and the one it ends near comes to
 * its height.
 */
export function withStroke(line: readonly DrawnPoint[], from: DrawnPoint, to: DrawnPoint): DrawnPoint[] {
  const [low, high] = from.x < to.x ? [from, to] : [to, from];
  const passed = line.map((point, i) => {
    if (i === 0 || point.x < low.x || point.x > high.x || low.x === high.x) return point;
    const share = (point.x - low.x) / (high.x - low.x);
    return { ...point, y: Math.round(within(low.y + share * (high.y - low.y))) };
  });
  return withHeight(passed, nearest(line, to.x), to.y);
}

/** How far a drawn line is from what came: in points, on average after the start, and at the end. */
export interface Distance {
  mean: number;
  drawnEnd: number;
  end: number;
}

/** Null until the run has come to the end of the line. */
export function distance(
  line: readonly DrawnPoint[],
  run: readonly Pick<Point, 'x' | 'y'>[],
): Distance | null {
  const drawn = line.slice(1);
  const came = drawn.map(({ x }) => run.find((point) => point.x === x)?.y);
  const last = came.at(-1);
  if (last === undefined) return null;
  const apart = drawn.flatMap(({ y }, i) => {
    const there = came[i];
    return there === undefined ? [] : [Math.abs(y - there)];
  });
  return {
    mean: apart.reduce((sum, value) => sum + value, 0) / apart.length,
    drawnEnd: drawn.at(-1)?.y ?? 0,
    end: last,
  };
}
