import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseRunConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { sha256 } from './hash';
import { checkpointFolder, type Store, type StoreChange } from './store';
import { bytes, chunkKeys, emptyDisk, openSmall } from './testing';

let disk: IDBFactory;
let store: Store;
beforeEach(async () => {
  disk = emptyDisk();
  store = await openSmall(disk);
});
afterEach(() => {
  store.close();
  vi.unstubAllGlobals();
});

function result(id: string, createdAt: string): RunResult {
  const parsed = parseRunConfig({
    version: 1,
    model: { source: 'bundled', name: 'pocket' },
    tasks: [{ id: 'a', name: 'A', metric: 'loss', data: { kind: 'sample', name: 'a' } }],
    plan: { stages: [{ task: 'a', steps: 2 }] },
    optimizer: { name: 'adamw', learningRate: 0.001 },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return {
    version: 1,
    id,
    name: id,
    status: 'finished',
    createdAt,
    updatedAt: createdAt,
    config: parsed.config,
    device: null,
    parameters: 1,
    step: 2,
    totalSteps: 2,
    bands: [],
    losses: [1.5, 1.25],
    evaluations: [],
    matrix: [],
    metrics: { averageAccuracy: null, backwardTransfer: null, forgetting: null, watched: [] },
    samples: [],
    timings: [],
    truncated: [],
  };
}

test('what people write on a run stays when its record is replaced, and goes with it', async () => {
  const run = result('one', '2026-01-01T00:00:00.000Z');
  expect(await store.runs.annotate('one', { notes: 'nothing to write on' })).toBeNull();
  await store.runs.put(run);
  const annotation = { name: 'mine', tags: ['lecture'], notes: 'look at row 3' };
  expect(await store.runs.annotate('one', annotation)).toEqual({ ...run, annotation });
  // As a worker writes it, which began before.
  await store.runs.put({ ...run, losses: [3], annotation: { name: 'old' } });
  expect(await store.runs.get('one')).toEqual({ ...run, losses: [3], annotation });
  await store.runs.remove('one');
  await store.runs.put(run);
  expect(await store.runs.get('one')).toEqual(run);
});

test('runs are found again, newest first, and replaced whole', async () => {
  const older = result('older', '2026-01-01T00:00:00.000Z');
  const newer = result('newer', '2026-01-02T00:00:00.000Z');
  await store.runs.put(newer);
  await store.runs.put(older);
  await store.runs.put({ ...older, losses: [3] });
  store.close();
  store = await openSmall(disk);
  expect(await store.runs.list()).toEqual([newer, { ...older, losses: [3] }]);
  expect(await store.runs.get('newer')).toEqual(newer);
  expect(await store.runs.get('nobody')).toBeNull();
});

test('removing a run takes its checkpoints and nothing else', async () => {
  await store.runs.put(result('r', '2026-01-01T00:00:00.000Z'));
  await store.runs.put(result('r2', '2026-01-01T00:00:00.000Z'));
  const content = bytes(100);
  const keep = (id: string, kind: 'checkpoint' | 'model', meta = {}) =>
    store.folders.keep(id, kind, [{ path: 'a', content }], meta);
  await keep(checkpointFolder('r', 'stage-1'), 'checkpoint', { runId: 'r' });
  await keep('elsewhere', 'checkpoint', { runId: 'r' });
  await keep(checkpointFolder('r2', 'stage-1'), 'checkpoint', { runId: 'r2' });
  await keep('model', 'model', { runId: 'r' });
  await store.runs.remove('r');
  expect((await store.runs.list()).map((run) => run.id)).toEqual(['r2']);
  expect((await store.folders.list()).map((folder) => folder.id).sort()).toEqual(['model', 'run/r2/stage-1']);
  expect(await chunkKeys(disk)).toHaveLength(4);
});

test('changes are heard here and in other tabs', async () => {
  const other = await openSmall(disk);
  const here: StoreChange[] = [];
  const there: StoreChange[] = [];
  const stop = store.onChange((change) => here.push(change));
  other.onChange((change) => there.push(change));
  await store.runs.put(result('r', '2026-01-01T00:00:00.000Z'));
  await store.folders.keep('f', 'model', []);
  const expected = [
    { of: 'runs', id: 'r' },
    { of: 'folders', id: 'f' },
  ];
  expect(here).toEqual(expected);
  await expect.poll(() => there).toEqual(expected);
  stop();
  await other.runs.remove('r');
  await expect.poll(() => there).toHaveLength(3);
  expect(here).toEqual(expected);
  other.close();
});

test('usage comes from the browser, or from the manifests where it does not say', async () => {
  await store.folders.keep('f', 'model', [{ path: 'a', content: bytes(100) }]);
  vi.stubGlobal('navigator', {});
  expect(await store.usage()).toEqual({ used: 100, quota: null, kept: 100 });
  expect(await store.persist()).toBe(false);
  const persist = vi.fn(() => Promise.resolve(true));
  vi.stubGlobal('navigator', {
    storage: {
      estimate: () => Promise.resolve({ usage: 5000, quota: 90000 }),
      persisted: () => Promise.resolve(false),
      persist,
    },
  });
  expect(await store.usage()).toEqual({ used: 5000, quota: 90000, kept: 100 });
  expect(await store.persist()).toBe(true);
  expect(persist).toHaveBeenCalledOnce();
});

test('SHA-256 is the same with and without Web Crypto', async () => {
  const abc = new TextEncoder().encode('abc');
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await sha256(abc)).toBe(expected);
  const data = bytes(10_000);
  const native = await sha256(data);
  vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) });
  expect(await sha256(abc)).toBe(expected);
  expect(await sha256(data)).toBe(native);
  await store.folders.keep('f', 'model', [{ path: 'a', content: data }]);
  vi.unstubAllGlobals();
  expect(await store.folders.readWhole('f', 'a')).toEqual(data);
});
