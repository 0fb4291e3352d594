/** What a lesson keeps between two visits. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { RunConfig } from '../../run/config';
import type { Lesson } from '../../run/lesson';
import type { RunResult } from '../../run/result';
import type { Event } from '../../worker/protocol';
import type { App } from '../state/app.svelte';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { LessonSession } from './session.svelte';

const lesson: Lesson = {
  version: 1,
  id: 'replay',
  picture: 'steps',
  task: 'reviews',
  draw: 'plain',
  runs: [{ id: 'plain', config: fixtureConfig(), recorded: 'plain' }],
  next: fixtureConfig(),
  findings: [],
  words: {} as Lesson['words'],
  papers: [],
};

let runs: Map<string, RunResult>;
let app: App;

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  runs = new Map();
  let tell: (event: Event) => void = () => undefined;
  app = {
    notices: { guard: (work: () => Promise<unknown>) => work() },
    bench: {
      find: (id: string) => runs.get(id),
      trainer: () =>
        Promise.resolve({
          onEvent: (listener: typeof tell) => {
            tell = listener;
            return () => undefined;
          },
        }),
      start: (config: RunConfig) => {
        const id = `run-${config.seed}`;
        const result = fixtureRun({ id, config });
        runs.set(id, result);
        setTimeout(() => tell({ type: 'ended', runId: id, status: 'finished', result }));
        return Promise.resolve(id);
      },
    },
  } as unknown as App;
});
afterEach(() => vi.unstubAllGlobals());

/** The page is loaded anew. */
const visit = (seed: number | null) => new LessonSession(lesson, { plain: fixtureRun() }, app, seed);

test('the line and the runs come back, to the seed that they are of', async () => {
  const first = visit(null);
  first.draw(first.line.map((point) => ({ ...point, y: 12 })));
  first.finishDrawing();
  await first.train('plain', 'Plain');
  const own = visit(null);
  expect([own.done, own.line[0]!.y, own.live('plain')?.id]).toEqual([true, 12, 'run-7']);

  const linked = visit(21);
  expect([linked.done, linked.live('plain')]).toEqual([false, null]);
  linked.finishDrawing();
  await linked.train('plain', 'Plain');
  expect(
    visit(21)
      .handIn('A')
      .runs.map(({ result }) => result.config.seed),
  ).toEqual([21]);
  expect(visit(22).done).toBe(false);
  expect(visit(null).live('plain')?.id).toBe('run-7');
});
