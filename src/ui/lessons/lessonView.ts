/** What a lesson's chart shows: its runs as lines, and the line that the reader drew. */
import type { Lesson } from '../../run/lesson';
import type { RunResult } from '../../run/result';
import {
  DASHES,
  endLabel,
  measureAxis,
  PALETTE_SIZE,
  steps,
  type PlotLine,
  type PlotView,
} from '../charts/view';
import { bands, lastStep, series, type Band } from '../run/series';
import { interpolationView } from '../pictures/interpolation';
import type { DrawnPoint } from './prediction';

export interface ShownRun {
  id: string;
  label: string;
  result: RunResult;
}

/** Of the palette's places the one that is no task's and no run's. */
const INK = -1;

/**
 * The reader's own line, drawn in ink.
 * @param named whether its name stands at its end, where a point can be taken hold of while it is drawn
 */
export function drawnLine(points: readonly DrawnPoint[], label: string, named = true): PlotLine {
  return {
    label,
    colour: INK,
    dash: [2, 4],
    points: points.map(({ x, y }) => ({ x, y, low: y, high: y, n: 1 })),
    learnt: null,
    end: named && points.length > 0 ? label : '',
  };
}

/** A lesson of one run shows each of its tasks, a lesson of several one task in each run. */
export const showsTasks = (lesson: Lesson): boolean => lesson.runs.length === 1;

/**
 * @param shown runs that may be seen by now
 * @param frame a result of the drawn run, for the length of the axis and its bands
 * @param drawn null where the chart is of another task than the one that is drawn
 */
export function lessonView(
  lesson: Lesson,
  shown: readonly ShownRun[],
  frame: RunResult,
  task: string,
  drawn: PlotLine | null,
): PlotView {
  const own = drawn && drawn.points.length > 0 ? [drawn] : [];
  if (lesson.picture === 'mixes') {
    const empty = { stage: 1, points: [] };
    const [first] = shown;
    const result = first?.result ?? frame;
    const view = interpolationView(result, (first && mixesOf(first.result)) ?? empty, null);
    return { ...view, lines: [...(first ? view.lines : []), ...own] };
  }
  const lines = showsTasks(lesson)
    ? shown.flatMap(({ result }) => taskLines(result))
    : runLines(lesson, shown, task);
  return {
    lines: [...lines, ...own],
    bands: commonBands(shown, frame),
    x: steps(lastStep(frame)),
    y: measureAxis('score'),
  };
}

export const mixesOf = (result: RunResult) => result.interpolations?.find(({ stage }) => stage === 1);

function taskLines(result: RunResult): PlotLine[] {
  return series(result, 'score').map(({ task, points, learnt }) => ({
    label: task.name,
    colour: task.colour % PALETTE_SIZE,
    dash: task.stage === null ? [6, 4] : [],
    points,
    learnt,
    end: endLabel(task.name, points, 0),
  }));
}

function runLines(lesson: Lesson, shown: readonly ShownRun[], task: string): PlotLine[] {
  return shown.flatMap(({ id, label, result }) => {
    const line = series(result, 'score').find((s) => s.task.id === task);
    if (!line) return [];
    // A run keeps its colour whether the others are there yet or not.
    const place = lesson.runs.findIndex((run) => run.id === id);
    return [
      {
        label,
        colour: place % PALETTE_SIZE,
        dash: DASHES[place % DASHES.length] ?? [],
        points: line.points,
        learnt: line.learnt,
        end: endLabel(label, line.points, 0),
      },
    ];
  });
}

/** Bands have names where all runs train the same tasks in them, and none where they only end at the same steps. */
function commonBands(shown: readonly ShownRun[], frame: RunResult): Band[] {
  const results = shown.length === 0 ? [frame] : shown.map(({ result }) => result);
  const alike = (of: (band: RunResult['bands'][number]) => unknown) =>
    new Set(results.map((result) => JSON.stringify(result.bands.map(of)))).size === 1;
  const [first = frame] = results;
  if (alike(({ task, to }) => [task, to])) return bands(first);
  return alike(({ to }) => to)
    ? bands(first).map((band) => ({ ...band, label: String(band.stage), colour: INK }))
    : [];
}
