import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunResult } from '../../run/result';
import type { StoreChange } from '../../store/store';
import type { PageStore } from '../ports';
import { fixtureRun } from '../testing/fixture';
import { Library } from './library.svelte';

let held: string[];
let kept: Map<string, RunResult>;
let change: (change: StoreChange) => void;

const store = {
  usage: () => Promise.resolve({ used: 0, quota: null, kept: 0 }),
  persisted: () => Promise.resolve(null),
  onChange: (listener: (change: StoreChange) => void) => {
    change = listener;
    return () => undefined;
  },
  runs: {
    get: (id: string) => Promise.resolve(kept.get(id) ?? null),
    list: () => Promise.resolve([...kept.values()]),
  },
  folders: { list: () => Promise.resolve([]) },
} as unknown as PageStore;

beforeEach(() => {
  vi.useFakeTimers();
  held = ['r'];
  kept = new Map([['r', fixtureRun({ id: 'r', step: 100, status: 'running' })]]);
  vi.stubGlobal('navigator', {
    locks: { query: () => Promise.resolve({ held: held.map((id) => ({ name: `lethe/run/${id}` })) }) },
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function opened() {
  const orphans: string[] = [];
  const library = new Library(
    () => null,
    (run) => orphans.push(run.id),
  );
  await library.open(store);
  return { library, orphans };
}

const time = () => vi.advanceTimersByTimeAsync(2000);

it('shows the run of another tab as it goes, and says when that tab is gone without a word', async () => {
  const { library, orphans } = await opened();
  expect(library.elsewhere?.id).toBe('r');
  kept.set('r', fixtureRun({ id: 'r', step: 150, status: 'running' }));
  change({ of: 'runs', id: 'r' });
  await time();
  expect(library.elsewhere?.step).toBe(150);
  held = [];
  await time();
  expect(library.elsewhere).toBeNull();
  expect(library.run('r')?.status).toBe('interrupted');
  expect(orphans).toEqual(['r']);
});

it('watches a run again that another tab has taken up since it was broken off', async () => {
  held = [];
  const { library, orphans } = await opened();
  expect(library.run('r')?.status).toBe('interrupted');
  // Long enough for whatever was watched at the start to be let go.
  await time();
  held = ['r'];
  kept.set('r', fixtureRun({ id: 'r', step: 150, status: 'running' }));
  change({ of: 'runs', id: 'r' });
  await time();
  expect(library.elsewhere?.id).toBe('r');
  held = [];
  await time();
  expect(library.elsewhere).toBeNull();
  expect(orphans).toEqual(['r']);
});

it('takes a run for no orphan that was stopped, paused, or never heard of in this tab', async () => {
  for (const status of ['stopped', 'paused', 'finished'] as const) {
    held = ['r'];
    kept.set('r', fixtureRun({ id: 'r', step: 100, status: 'running' }));
    const { orphans } = await opened();
    change({ of: 'runs', id: 'r' });
    await time();
    // The lock falls before the news of the end is heard.
    kept.set('r', fixtureRun({ id: 'r', step: 120, status }));
    held = [];
    await time();
    expect(orphans).toEqual([]);
  }
  held = ['r'];
  kept.set('r', fixtureRun({ id: 'r', step: 100, status: 'running' }));
  const { library, orphans } = await opened();
  held = [];
  await time();
  expect(library.run('r')?.status).toBe('interrupted');
  expect(orphans).toEqual([]);
});
