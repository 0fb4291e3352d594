/**
 * Databases as earlier versions of the page left them, one fixture for each version of the schema: a model, a run that
 * is finished, and one that was stopped in its second stage (tests/fixtures/store); from version 2 on, a study. A version
 * that is released gets its fixture before the next upgrade is written: `node tools/fixtures/store.mjs`.
 */
import { IDBFactory } from 'fake-indexeddb';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { latestVersion } from '../store/database';
import { openStore } from '../store/store';
import { parseRunResult } from '../run/resultSchema';
import { checkpointsOf } from './checkpoints';
import type { RunResult } from '../run/result';
import { Bench, store, timeless, useStore, weightsOf } from './testing';

const folder = path.resolve(import.meta.dirname, '../../tests/fixtures/store');
const fixtures = readdirSync(folder).filter((name) => name.endsWith('.json'));

interface Dump {
  version: number;
  stores: Record<string, [key: IDBValidKey, value: unknown][]>;
}

/** Puts it on a disk of its own by the database's bare interface, as that version of the page had it. */
async function restored({ version, stores }: Dump): Promise<IDBFactory> {
  const factory = new IDBFactory();
  const opening = factory.open('test', version);
  opening.onupgradeneeded = () => {
    for (const name of Object.keys(stores)) opening.result.createObjectStore(name);
  };
  await new Promise((resolve) => (opening.onsuccess = resolve));
  const database = opening.result;
  const writing = database.transaction(Object.keys(stores), 'readwrite');
  for (const [name, entries] of Object.entries(stores))
    for (const [key, value] of entries) {
      const { base64 } = value as { base64?: string };
      const bytes = base64 === undefined ? value : new Uint8Array(Buffer.from(base64, 'base64'));
      writing.objectStore(name).put(bytes, key);
    }
  await new Promise((resolve) => (writing.oncomplete = resolve));
  database.close();
  return factory;
}

let opened = false;
/** Later versions of the page note more of a row of R than earlier ones did, so the old part is what is compared. */
const asThen = (record: RunResult | null) => {
  const { matrix, ...rest } = timeless(record);
  const scores = matrix.map((row) =>
    row.scores.map(({ task, score, loss, outcomes }) => [task, score, loss, outcomes?.right]),
  );
  return { ...rest, scores };
};

afterEach(() => {
  if (opened) store.close();
  opened = false;
});

test('every version that was released has its fixture', () => {
  const versions = fixtures.map((name) => Number(/^v(\d+)\.json$/.exec(name)?.[1]));
  expect(versions.sort((a, b) => a - b)).toEqual(Array.from({ length: latestVersion }, (_, i) => i + 1));
});

test.each(fixtures)(
  '%s opens: every chunk holds, and its run goes on to the end it would have had',
  async (name) => {
    const dump = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Dump;
    useStore(await openStore({ name: 'test', factory: await restored(dump), locks: null }));
    for (const { id } of await store.folders.list()) await store.folders.verify(id);
    const runs = await store.runs.list();
    expect(runs.map(({ id }) => id).sort()).toEqual(['r1', 'whole']);
    for (const run of runs) expect(parseRunResult(run)).toMatchObject({ ok: true });
    expect((await store.studies.list()).map((study) => study.id)).toEqual(dump.version < 2 ? [] : ['study']);
    expect((await checkpointsOf(store, 'r1')).map((c) => c.checkpointId)).toEqual(['stage-1', 'latest']);

    const bench = new Bench();
    await bench.ask({ type: 'resume', runId: 'r1' });
    const result = await bench.ended();
    expect(result.status).toBe('finished');
    expect(asThen(result)).toEqual(asThen(await store.runs.get('whole')));
    expect(await weightsOf('r1', 'stage-2')).toEqual(await weightsOf('whole', 'stage-2'));
  },
);
