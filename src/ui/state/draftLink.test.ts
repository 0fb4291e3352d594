/** What a link fixes cannot be edited, whatever the page offers. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { TaskChoice } from '../ports';
import { PARTS, type Part } from '../share/link';
import { fixtureConfig } from '../testing/fixture';
import { Draft } from './draft.svelte';

const choices = fixtureConfig().tasks.map((task): TaskChoice => ({
  task,
  description: '',
  rows: { train: 600, validation: 100, test: 200 },
}));
const never = () => Promise.reject(new Error('not asked here'));
let draft: Draft;

const open = (free: Part[], ownSeed = false, config = fixtureConfig({ seed: 3 })) =>
  draft.open({ config, free, ownSeed });

/** Tries to change everything. */
function meddle() {
  draft.edit({ model: { source: 'hub', id: 'a/b', revision: 'main' } });
  draft.setRole('reviews', 'off');
  draft.setRehearsed('dialogue', true);
  draft.moveStage(0, 1);
  draft.editStage(0, { amount: 7 });
  draft.setRelearn(9);
  draft.setMethod('ewc');
  draft.setLora(true);
  draft.set('learningRate', 0.5);
  draft.set('batchSize', 3);
  draft.leaveOut();
  draft.set('seed', 99);
}

beforeEach(() => {
  draft = new Draft({ samples: never, load: never, demo: never, recorded: never });
  draft.offer(choices);
});

describe('a plan that came with a link', () => {
  it('stays as it is where nothing is left open', () => {
    open([]);
    const before = draft.config;
    meddle();
    expect(draft.config).toEqual(before);
    expect(draft.config?.seed).toBe(3);
  });

  it.each([
    ['model', (config) => expect(config?.model.source).toBe('hub')],
    ['tasks', (config) => expect(config?.plan.stages.map(({ task }) => task)).toEqual(['tickets'])],
    [
      'steps',
      (config) => expect([config?.plan.stages[0]?.steps, config?.plan.relearn?.steps]).toEqual([7, 9]),
    ],
    ['method', (config) => expect([config?.method.name, config?.lora !== undefined]).toEqual(['ewc', true])],
    ['rate', (config) => expect(config?.optimizer.learningRate).toBe(0.5)],
    ['settings', (config) => expect(config?.batchSize).toBe(3)],
    ['seed', (config) => expect(config?.seed).toBe(99)],
  ] satisfies [Part, (config: Draft['config']) => void][])(
    'lets %s be changed where it is open, alone',
    (part, check) => {
      open([part]);
      meddle();
      check(draft.config);
      for (const other of PARTS) expect(draft.fixed(other)).toBe(other !== part);
    },
  );

  it('holds what no field shows, with the settings', () => {
    const config = fixtureConfig({ accumulate: 2 });
    open([], false, config);
    meddle();
    expect(draft.config?.accumulate).toBe(2);
    open(['settings'], false, config);
    meddle();
    expect(draft.config?.accumulate).toBeUndefined();
  });

  it('can be made one’s own', () => {
    open([]);
    draft.release();
    draft.set('seed', 99);
    expect(draft.config?.seed).toBe(99);
  });

  it('is over when another plan is set up', () => {
    open([]);
    draft.like(fixtureConfig({ seed: 8 }));
    expect(draft.link).toBeNull();
  });

  it('draws a seed of this machine where the link says so', () => {
    const drawn = new Set(Array.from({ length: 5 }, () => (open([], true), draft.config?.seed)));
    expect(drawn.size).toBeGreaterThan(1);
  });

  it('waits for data that have to be brought along, and takes them by the task’s name', () => {
    const own = {
      id: 'own',
      name: 'Own',
      metric: 'exact-match' as const,
      data: { kind: 'stored' as const, id: 'there', mapping: { input: '{a}', target: '{b}' } },
    };
    const config = fixtureConfig();
    const tasks = [...config.tasks, own];
    const plan = { ...config.plan, watched: ['own'] };
    open([], false, { ...config, tasks, plan });
    expect(draft.missing).toEqual(['Own']);
    const brought = { ...own, data: { ...own.data, id: 'here' } };
    draft.offer([{ task: brought, description: 'own.csv', rows: { train: 9, validation: 1, test: 1 } }]);
    expect(draft.missing).toEqual([]);
    expect(draft.config?.tasks.find(({ id }) => id === 'own')).toEqual(brought);
    // Opened again, it is there already.
    open([], false, { ...config, tasks, plan });
    expect(draft.missing).toEqual([]);
    expect(draft.config?.tasks.find(({ id }) => id === 'own')).toEqual(brought);
  });
});
