import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLesson, type Lesson } from '../../run/lesson';
import type { RunResult } from '../../run/result';
import { classRows, classView, readMember } from './classroom';

const folder = path.resolve(import.meta.dirname, '../../../public/lessons');
const json = (name: string): unknown => JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
const read = (name: string): Lesson => {
  const parsed = parseLesson(json(`${name}.json`));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.lesson;
};
const lessons = [read('forgetting'), read('replay')];
const recorded = json('recorded/plain.json') as RunResult;

const file = (name: string, value: unknown) => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { name, size: text.length, text: () => Promise.resolve(text) };
};
const handIn = (name: string, heights: number[], result: RunResult | null, lesson = 'forgetting') => ({
  kind: 'lethe-hand-in',
  version: 1,
  lesson,
  name,
  prediction:
    heights.length === 0
      ? null
      : { run: 'plain', task: 'commands', points: heights.map((y, i) => ({ x: 40 * i, y })) },
  runs: result ? [{ run: 'plain', result }] : [],
});
/** The same run with another seed, every score moved by so many points. */
const moved = (by: number, seed: number): RunResult => ({
  ...recorded,
  config: { ...recorded.config, seed },
  evaluations: recorded.evaluations.map((e) => ({ ...e, score: { ...e.score, value: e.score.value + by } })),
});

describe('readMember', () => {
  it('takes a hand-in, and a run of the lesson with another seed', async () => {
    const ada = await readMember(file('a.json', handIn('Ada', [60, 50, 40, 30, 20], moved(0, 5))), lessons);
    expect(ada).toMatchObject({ name: 'Ada', lesson: 'forgetting', note: null });
    expect(ada.line).toHaveLength(5);
    expect(ada.result?.config.seed).toBe(5);
    const run = await readMember(file('run.json', moved(0, 9)), lessons);
    expect(run).toMatchObject({ name: 'run', lesson: 'forgetting', line: [] });
  });

  it('leaves out a run with other settings, and says so', async () => {
    const other = { ...recorded, config: { ...recorded.config, batchSize: 16 } };
    const member = await readMember(file('b.json', handIn('', [60, 50, 40, 30, 20], other)), lessons);
    expect(member).toMatchObject({
      name: 'b',
      result: null,
      note: expect.stringContaining('other settings') as string,
    });
  });

  it.each([
    ['no json', 'oops', /no JSON/],
    ['another lesson', handIn('x', [], null, 'algebra'), /lesson “algebra”/],
    [
      'a wrong line',
      { ...handIn('x', [1], null), prediction: { run: 'plain', task: 'c', points: [] } },
      /points/,
    ],
    ['something else', { hello: 1 }, /neither/],
    ['a run of no lesson', { ...recorded, config: { ...recorded.config, batchSize: 3 } }, /no lesson/],
  ])('refuses %s', async (_, value, message) => {
    await expect(readMember(file('x.json', value), lessons)).rejects.toThrow(message);
  });
});

describe('the picture of a class', () => {
  const names = { expected: 'e', trained: 't', meanExpected: 'me', meanTrained: 'mt' };
  const members = async () => [
    await readMember(file('a', handIn('Ada', [60, 50, 40, 20], moved(-2, 1))), lessons),
    await readMember(file('b', handIn('Ben', [60, 60, 60, 60], moved(2, 2))), lessons),
    await readMember(file('c', handIn('Cem', [60, 40, 20, 10], null)), lessons),
  ];

  it('has every line and run faintly, and the means with their intervals over them', async () => {
    const view = classView(lessons[0]!, await members(), names);
    expect(view.lines.map(({ label, faint }) => [label, faint ?? false])).toEqual([
      ['e', true],
      ['e', true],
      ['e', true],
      ['t', true],
      ['t', true],
      ['me', false],
      ['mt', false],
    ]);
    const drawn = view.lines.find(({ label }) => label === 'me')!;
    expect(drawn.points.at(-1)).toMatchObject({ x: 120, y: 30, n: 3 });
    // Student's t with two degrees of freedom: 30 ± 4.303 · 26.458 / √3.
    expect(drawn.points.at(-1)!.low).toBeCloseTo(Math.max(0, 30 - 65.73), 1);
    expect(drawn.points.at(-1)!.high).toBeCloseTo(30 + 65.73, 1);
    const end = recorded.evaluations.find((e) => e.task === 'commands' && e.step === 120)!.score.value;
    expect(view.lines.find(({ label }) => label === 'mt')!.points.at(-1)!.y).toBeCloseTo(end, 6);
    expect(view.bands).toHaveLength(1);
  });

  it('says of each how far off the line was', async () => {
    const rows = classRows(lessons[0]!, await members());
    expect(rows.map(({ drawnEnd }) => drawnEnd)).toEqual([20, 60, 10]);
    expect(rows[2]).toMatchObject({ distance: null, end: null });
    const curve = recorded.evaluations.filter((e) => e.task === 'commands').map((e) => e.score.value);
    const off = [50, 40, 20].reduce((sum, y, i) => sum + Math.abs(y - (curve[i + 1]! - 2)), 0) / 3;
    expect(rows[0]!.distance?.mean).toBeCloseTo(off, 6);
  });
});
