/** A run as lines over training steps: what both the chart and its table show. */
import type { RunResult } from '../../run/result';
import { bandOf, stageName, tasksOf, type TaskInRun } from './names';

/** Score: 0 to 100, the task's own metric. Loss: nats a target token, any task. */
export type Measure = 'score' | 'loss';

export interface Point {
  x: number;
  y: number;
  /** 95 % interval; equal to y where the measure has none. */
  low: number;
  high: number;
  n: number;
}

export interface Series {
  task: TaskInRun;
  points: Point[];
  /** Where the task's own stage ended. */
  learnt: Point | null;
}

export interface Band {
  stage: number;
  label: string;
  from: number;
  to: number;
  /** Palette place of its task. */
  colour: number;
}

/** One line a task, points in order of steps; tasks measured by loss alone have no line among scores. */
export function series(result: RunResult, measure: Measure): Series[] {
  return tasksOf(result.config).flatMap((task) => {
    if (measure === 'score' && task.metric === 'loss') return [];
    const byStep = new Map<number, Point>();
    for (const e of result.evaluations) {
      if (e.task !== task.id) continue;
      const { value, low, high, n } = e.score;
      byStep.set(
        e.step,
        measure === 'score'
          ? { x: e.step, y: value, low, high, n }
          : { x: e.step, y: e.loss, low: e.loss, high: e.loss, n },
      );
    }
    const points = [...byStep.values()].sort((a, b) => a.x - b.x);
    return [{ task, points, learnt: learntPoint(result, task, points) }];
  });
}

export function bands(result: RunResult): Band[] {
  const tasks = tasksOf(result.config);
  return result.bands.map((band) => {
    const task = tasks.find((t) => t.id === band.task);
    return {
      stage: band.stage,
      label: `${band.stage} · ${stageName(result.config, band.stage)}`,
      from: band.from,
      to: band.to,
      colour: task?.colour ?? 0,
    };
  });
}

/** Last step of the chart: the whole plan, so that a run grows into its own width. */
export function lastStep(result: RunResult): number {
  return Math.max(result.totalSteps, result.step, ...result.bands.map((b) => b.to), 1);
}

/** The measure to open with: scores, unless every task is measured by loss alone. */
export function firstMeasure(result: RunResult): Measure {
  return tasksOf(result.config).every((t) => t.metric === 'loss') ? 'loss' : 'score';
}

/**
 * Training losses as points, at most `most` of them: each the mean of its bucket of steps, at the bucket's end.
 */
export function lossPoints(losses: number[], most = 600): { x: number; y: number }[] {
  const width = Math.max(1, Math.ceil(losses.length / most));
  const points: { x: number; y: number }[] = [];
  for (let start = 0; start < losses.length; start += width) {
    const bucket = losses.slice(start, start + width).filter(Number.isFinite);
    if (bucket.length === 0) continue;
    points.push({
      x: Math.min(start + width, losses.length),
      y: bucket.reduce((sum, value) => sum + value, 0) / bucket.length,
    });
  }
  return points;
}

/** Rows of a chart's table: a step and each line's value at it, null where it was not scored. */
export function pointsByStep(lines: { points: Point[] }[]): { step: number; values: (Point | null)[] }[] {
  const steps = new Set(lines.flatMap((line) => line.points.map((p) => p.x)));
  return [...steps]
    .sort((a, b) => a - b)
    .map((step) => ({
      step,
      values: lines.map((line) => line.points.find((p) => p.x === step) ?? null),
    }));
}

function learntPoint(result: RunResult, task: TaskInRun, points: Point[]): Point | null {
  const band = bandOf(result, task);
  if (!band || result.step < band.to) return null;
  return points.filter((p) => p.x <= band.to).at(-1) ?? null;
}
