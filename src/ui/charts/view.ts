/** What a plot shows, free of chart.js: lines, bands, axes. */
import type { RunResult } from '../../run/result';
import { fixed } from '../format';
import { bands, lastStep, lossPoints, series, type Band, type Measure, type Point } from '../run/series';

export interface PlotPoint extends Point {
  /** 95 % interval of x, where x is measured too. */
  xLow?: number;
  xHigh?: number;
}

export interface PlotLine {
  label: string;
  /** Place in the palette. */
  colour: number;
  /** Second sign beside the colour: watched tasks and other runs are dashed. */
  dash: number[];
  points: PlotPoint[];
  learnt: Point | null;
  /** Written at the line's end. */
  end: string;
  /** Beside the lines that the chart is about. */
  thin?: boolean;
  /** A line with a ribbon, or dots with bars for their intervals; a line where it is left out. */
  shape?: 'line' | 'dots';
  /** One of many, behind those that are named. */
  faint?: boolean;
}

export interface Axis {
  title: string;
  /** One word for it, where a column's head is all the room there is. */
  short?: string;
  min: number;
  /** Null where the values decide. */
  max: number | null;
  digits: number;
  /** Words in the place of numbers. */
  labels?: { at: number; text: string }[];
}

export interface PlotView {
  lines: PlotLine[];
  bands: Band[];
  /** Places along x that can be gone back to; a line goes up from the one that is chosen. */
  marks?: { x: number; chosen: boolean }[];
  x: Axis;
  y: Axis;
}

/** A heat map: rows from top to bottom. */
export interface GridView {
  /** What the columns, the rows and the values are. */
  about: { columns: string; rows: string; value: string };
  columns: string[];
  rows: string[];
  /** One list a row. */
  cells: GridCell[][];
}

export interface GridCell {
  /** Null where there is nothing. */
  value: number | null;
  text: string;
  /** Of the colour, 0 to 1. */
  strength: number;
  /** A second, smaller line. */
  note?: string;
  outlined?: boolean;
  /** All that the cell stands for, for a pointer. */
  title: string;
}

export type ChartView = PlotView | GridView;

export const isGrid = (view: ChartView): view is GridView => 'cells' in view;

/** Colours in the palette of tokens.css; the ninth line begins again, with another dash. */
export const PALETTE_SIZE = 8;

export const DASHES: number[][] = [[], [6, 4], [2, 3], [9, 3, 2, 3]];

/**
 * The bench's chart: a line a task over the whole plan.
 * @param others runs that share its beginning; theirs are drawn thinner, from where they part
 */
export function runView(result: RunResult, measure: Measure, others: readonly Parted[] = []): PlotView {
  const y = measureAxis(measure);
  const own = series(result, measure).map(({ task, points, learnt }) => ({
    label: task.name,
    colour: task.colour % PALETTE_SIZE,
    dash: dash(task.stage === null ? 1 : 0, task.colour),
    points,
    learnt,
    end: endLabel(task.name, points, y.digits),
  }));
  const theirs = others.flatMap(({ run, at, label }) =>
    series(run, measure).map(({ task, points }) => {
      const after = points.filter((point) => point.x >= at);
      const last = after.at(-1);
      return {
        label: `${task.name}, ${label}`,
        colour: task.colour % PALETTE_SIZE,
        dash: DASHES[2] ?? [],
        points: after.map((point) => ({ ...point, low: point.y, high: point.y })),
        learnt: null,
        end: last && last.x > at ? `${endLabel(task.name, after, y.digits)}, ${label}` : '',
        thin: true,
      };
    }),
  );
  return {
    lines: [...own, ...theirs.filter(({ points }) => points.length > 0)],
    bands: bands(result),
    x: steps(Math.max(lastStep(result), ...others.map(({ run }) => lastStep(run)))),
    y,
  };
}

/** Another run of the same plan, and the step at which the two part. */
export interface Parted {
  run: RunResult;
  at: number;
  label: string;
}

/** Training loss of one run, thinned to what a small chart can show. */
export function lossView(result: RunResult): PlotView {
  const points = lossPoints(result.losses).map(({ x, y }) => ({ x, y, low: y, high: y, n: 1 }));
  return {
    lines: [{ label: 'training loss', colour: -1, dash: [], points, learnt: null, end: '' }],
    bands: bands(result).map((band) => ({ ...band, label: '' })),
    x: steps(lastStep(result)),
    y: { title: 'nats a token', min: 0, max: null, digits: 2 },
  };
}

/** One task over several runs: the colour tells the run. */
export function taskView(
  runs: { result: RunResult; label: string }[],
  taskId: string,
  measure: Measure,
): PlotView {
  const y = measureAxis(measure);
  const lines = runs.flatMap(({ result, label }, i) => {
    const line = series(result, measure).find((s) => s.task.id === taskId);
    if (!line) return [];
    return [
      {
        label,
        colour: i % PALETTE_SIZE,
        dash: DASHES[i % DASHES.length] ?? [],
        points: line.points,
        learnt: line.learnt,
        end: endLabel(label, line.points, y.digits),
      },
    ];
  });
  return { lines, bands: [], x: steps(Math.max(1, ...runs.map((r) => lastStep(r.result)))), y };
}

/**
 * Heights of labels that want to stand at `wanted`, pushed apart to at least `gap` and kept within low..high.
 * Order is kept, so labels never cross their lines.
 */
export function spread(wanted: number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y);
  let least = low;
  for (const label of order) {
    label.y = Math.max(label.y, least);
    least = label.y + gap;
  }
  let most = high;
  for (const label of [...order].reverse()) {
    label.y = Math.min(label.y, most);
    most = label.y - gap;
  }
  const placed = new Array<number>(wanted.length);
  for (const { y, i } of order) placed[i] = y;
  return placed;
}

// @wc-include
const STEP = 'step';

export function steps(max: number): Axis {
  return { title: 'training step', short: STEP, min: 0, max, digits: 0 };
}

export function measureAxis(measure: Measure): Axis {
  return measure === 'score'
    ? { title: 'score from 0 to 100', min: 0, max: 100, digits: 0 }
    : { title: 'loss, nats a token', min: 0, max: null, digits: 2 };
}

function dash(kind: number, colour: number): number[] {
  return DASHES[(kind + 2 * Math.floor(colour / PALETTE_SIZE)) % DASHES.length] ?? [];
}

export function endLabel(name: string, points: Point[], digits: number): string {
  const last = points.at(-1);
  return last ? `${name} ${fixed(last.y, digits)}` : name;
}
