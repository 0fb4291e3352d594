/** The files of a class as one picture: every line that was drawn, every run, and the mean of both. */
import { parseHandIn, type HandIn, type Lesson } from '../../run/lesson';
import type { RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import { parseRunResult } from '../../run/resultSchema';
import { tInterval } from '../../run/statistics';
import { measureAxis, steps, type PlotLine, type PlotView } from '../charts/view';
import { bands, lastStep, series } from '../run/series';
import { mixesOf } from './lessonView';
import { distance, type Distance, type DrawnPoint } from './prediction';

export interface Member {
  /** The file's name, which is theirs alone. */
  file: string;
  name: string;
  lesson: string;
  line: DrawnPoint[];
  /** The run that the lesson has a line drawn of; null where it was not trained, or with other settings. */
  result: RunResult | null;
  /** Why a run of the file does not count. */
  note: string | null;
}

const MOST_BYTES = 20e6;

/**
 * One file of a class: what a lesson hands in, or a run of a lesson saved from the bench.
 * @throws Error that says what the file is instead
 */
export async function readMember(
  file: Pick<File, 'name' | 'size' | 'text'>,
  lessons: readonly Lesson[],
): Promise<Member> {
  if (file.size > MOST_BYTES)
    throw new Error(`it has ${Math.round(file.size / 1e6)} MB, which no result of a lesson has.`);
  let value: unknown;
  try {
    value = JSON.parse(await file.text());
  } catch {
    throw new Error('it is no JSON; expected a file saved by “Save my result”.');
  }
  if ((value as { kind?: unknown } | null)?.kind !== 'lethe-hand-in') return ofRun(file.name, value, lessons);
  const parsed = parseHandIn(value);
  if (!parsed.ok) {
    const [problem] = parsed.problems;
    throw new Error(`${problem?.path || 'the whole'}: ${problem?.message ?? 'unreadable'}.`);
  }
  const { handIn } = parsed;
  const lesson = lessons.find(({ id }) => id === handIn.lesson);
  if (!lesson) throw new Error(`it is of the lesson “${handIn.lesson}”, which this page does not have.`);
  return ofHandIn(file.name, handIn, lesson);
}

function ofHandIn(file: string, { name, prediction, runs }: HandIn, lesson: Lesson): Member {
  const own = runs.find(({ run }) => run === lesson.draw)?.result ?? null;
  const counts = own === null || drawnLike(lesson, own.config);
  return {
    file,
    name: name || stem(file),
    lesson: lesson.id,
    line: prediction?.run === lesson.draw && prediction.task === lesson.task ? prediction.points : [],
    result: counts ? own : null,
    note: counts ? null : 'The run has other settings than the lesson.',
  };
}

function ofRun(file: string, value: unknown, lessons: readonly Lesson[]): Member {
  const parsed = parseRunResult(value);
  if (!parsed.ok) throw new Error('it is neither the result of a lesson nor a run.');
  const lesson = lessons.find((known) => drawnLike(known, parsed.result.config));
  if (!lesson) throw new Error('it is a run of no lesson of this page.');
  return { file, name: stem(file), lesson: lesson.id, line: [], result: parsed.result, note: null };
}

const stem = (file: string): string => file.replace(/\.json$/i, '');

/** Whether a config is that of the lesson's drawn run, whatever its seed and device. */
function drawnLike(lesson: Lesson, config: RunConfig): boolean {
  const run = lesson.runs.find(({ id }) => id === lesson.draw);
  const same = ({ seed: _seed, name: _name, backend: _backend, ...rest }: RunConfig): string =>
    JSON.stringify(sorted(rest));
  return run !== undefined && same(run.config) === same(config);
}

/** Keys in order, so that two ways of writing the same are the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** The curve of the lesson's task in a member's run. */
export function curveOf(lesson: Lesson, result: RunResult): DrawnPoint[] {
  if (lesson.picture === 'steps')
    return (series(result, 'score').find(({ task }) => task.id === lesson.task)?.points ?? []).map(
      ({ x, y }) => ({
        x,
        y,
      }),
    );
  return (mixesOf(result)?.points ?? [])
    .flatMap(({ alpha, scores }) => {
      const found = scores.find(({ task }) => task === lesson.task)?.score;
      return found ? [{ x: alpha, y: found.value }] : [];
    })
    .sort((a, b) => a.x - b.x);
}

export interface ClassRow {
  member: Member;
  distance: Distance | null;
  drawnEnd: number | null;
  end: number | null;
}

export function classRows(lesson: Lesson, members: readonly Member[]): ClassRow[] {
  return members.map((member) => {
    const curve = member.result ? curveOf(lesson, member.result) : [];
    return {
      member,
      distance: member.line.length > 0 ? distance(member.line, curve) : null,
      drawnEnd: member.line.at(-1)?.y ?? null,
      end: curve.at(-1)?.y ?? null,
    };
  });
}

const INK = -1;
const RUNS = 0;

/** @param words names of the lines */
export function classView(
  lesson: Lesson,
  members: readonly Member[],
  words: { expected: string; trained: string; meanExpected: string; meanTrained: string },
): PlotView {
  const drawn = members.map(({ line }) => line).filter((line) => line.length > 0);
  const results = members.flatMap(({ result }) => result ?? []);
  const curves = results.map((result) => curveOf(lesson, result)).filter((line) => line.length > 0);
  const frame = results[0];
  const last = Math.max(1, ...[...drawn, ...curves].flatMap((line) => line.map(({ x }) => x)));
  return {
    lines: [
      ...drawn.map((line) => faint(words.expected, line, INK, [2, 4])),
      ...curves.map((line) => faint(words.trained, line, RUNS, [])),
      ...meanLine(words.meanExpected, drawn, INK, [2, 4]),
      ...meanLine(words.meanTrained, curves, RUNS, []),
    ],
    bands: lesson.picture === 'steps' && frame ? bands(frame) : [],
    x:
      lesson.picture === 'mixes'
        ? { title: 'α: 0 before the stage, 1 after it', min: 0, max: 1, digits: 2 }
        : steps(frame ? lastStep(frame) : last),
    y: measureAxis('score'),
  };
}

function faint(label: string, line: readonly DrawnPoint[], colour: number, dash: number[]): PlotLine {
  return {
    label,
    colour,
    dash,
    points: line.map(({ x, y }) => ({ x, y, low: y, high: y, n: 1 })),
    learnt: null,
    end: '',
    faint: true,
  };
}

/** The mean at each place that all lines have, with Student's t interval over the members. */
function meanLine(label: string, lines: readonly DrawnPoint[][], colour: number, dash: number[]): PlotLine[] {
  if (lines.length < 2) return [];
  const places = (lines[0] ?? [])
    .map(({ x }) => x)
    .filter((x) => lines.every((line) => line.some((p) => p.x === x)));
  const points = places.map((x) => {
    const { mean, low, high, n } = tInterval(lines.map((line) => line.find((p) => p.x === x)?.y ?? 0));
    return { x, y: mean, low: Math.max(0, low ?? mean), high: Math.min(100, high ?? mean), n };
  });
  return [{ label, colour, dash, points, learnt: null, end: label }];
}
