import { describe, expect, it } from 'vitest';
import type { Lesson } from '../../run/lesson';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { drawnLine, lessonView } from './lessonView';

const lesson = (runs: string[], change: Partial<Lesson> = {}): Lesson => ({
  version: 1,
  id: 'x',
  picture: 'steps',
  task: 'reviews',
  draw: runs.at(-1)!,
  runs: runs.map((id) => ({ id, config: fixtureConfig(), recorded: id })),
  next: fixtureConfig(),
  findings: [],
  words: {} as Lesson['words'],
  papers: [],
  ...change,
});
const frame = fixtureRun();
const drawn = drawnLine(
  [
    { x: 0, y: 55 },
    { x: 400, y: 20 },
  ],
  'Your line',
);

describe('lessonView', () => {
  it('has the whole axis and the reader’s line alone before anything may be seen', () => {
    const view = lessonView(lesson(['plain']), [], frame, 'reviews', drawn);
    expect(view.lines).toEqual([drawn]);
    expect([view.x.max, view.bands.map(({ to }) => to)]).toEqual([400, [200, 400]]);
    expect(drawn).toMatchObject({ colour: -1, end: 'Your line' });
  });

  it('shows each task of a single run', () => {
    const shown = [{ id: 'plain', label: 'Plain', result: frame }];
    const view = lessonView(lesson(['plain']), shown, frame, 'reviews', drawn);
    expect(view.lines.map(({ label }) => label)).toEqual(['Reviews', 'Tickets', 'Dialogue', 'Your line']);
  });

  it('shows one task of several runs, each in a colour that stays its own', () => {
    const runs = lesson(['plain', 'few', 'half']);
    const shown = [{ id: 'half', label: 'Half', result: fixtureRun({ keep: 0.5 }) }];
    const view = lessonView(runs, shown, frame, 'reviews', null);
    expect(view.lines.map(({ label, colour }) => [label, colour])).toEqual([['Half', 2]]);
    expect(view.lines[0]?.end).toMatch(/^Half \d+$/);
  });

  it('names the bands where the runs train the same, numbers them where only the steps agree', () => {
    const turned = {
      ...frame,
      bands: frame.bands.map((band, i) => ({ ...band, task: ['tickets', 'reviews'][i]! })),
    };
    const shown = [{ id: 'plain', label: 'Plain', result: frame }];
    const both = (second: typeof frame) => [shown[0]!, { id: 'half', label: 'Half', result: second }];
    const bandsOf = (some: typeof shown) =>
      lessonView(lesson(['plain', 'half']), some, frame, 'reviews', null).bands;
    expect(bandsOf(both(turned)).map(({ label, to, colour }) => [label, to, colour])).toEqual([
      ['1', 200, -1],
      ['2', 400, -1],
    ]);
    expect(bandsOf(both(frame)).map(({ label }) => label)).toEqual(['1 · Reviews', '2 · Tickets']);
    const longer = { ...frame, bands: frame.bands.map((band) => ({ ...band, to: 2 * band.to })) };
    expect(bandsOf(both(longer))).toEqual([]);
    expect(bandsOf(shown)).toHaveLength(2);
  });

  it('goes from the old weights to the new in the picture of mixes', () => {
    const scores = (value: number) => [
      { task: 'reviews', score: { value, low: value - 5, high: value + 5, n: 100 }, loss: 1 },
    ];
    const result = {
      ...frame,
      interpolations: [
        {
          stage: 1,
          points: [
            { alpha: 1, scores: scores(20) },
            { alpha: 0, scores: scores(80) },
          ],
        },
      ],
    };
    const mixes = lesson(['plain'], { picture: 'mixes', mixes: [0, 1] });
    const before = lessonView(mixes, [], frame, 'reviews', drawn);
    expect([before.x.max, before.lines]).toEqual([1, [drawn]]);
    const after = lessonView(mixes, [{ id: 'plain', label: 'Plain', result }], frame, 'reviews', drawn);
    expect(after.lines.find(({ label }) => label === 'Reviews')?.points.map(({ x, y }) => [x, y])).toEqual([
      [0, 80],
      [1, 20],
    ]);
  });
});
