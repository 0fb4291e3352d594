/** Studies in a project file: what the tests of runs do not show. */
import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openArchive, readEntry } from '../archive/read';
import { zipFolder } from '../archive/write';
import { studyLock } from '../run/live';
import type { StudyRecord } from '../run/study';
import { openStore, type Store } from '../store/store';
import { fixtureStudy } from '../ui/testing/studied';
import { bringIn, projectContents } from './bringIn';
import { collect, projectFiles } from './collect';
import { MANIFEST, type Manifest } from './format';

const text = (value: string) => new TextEncoder().encode(value);
const anew = (): Promise<Store> => openStore({ name: 'studies', factory: new IDBFactory(), locks: null });

let home: Store;
let other: Store;
let record: StudyRecord;
beforeEach(async () => {
  [home, other] = [await anew(), await anew()];
  record = await fixtureStudy(5);
  await home.studies.put(record);
});
afterEach(() => {
  home.close();
  other.close();
});

async function packed(files: Parameters<typeof zipFolder>[0]): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of zipFolder(files)) pieces.push(piece);
  return new Blob(pieces);
}

async function saved(): Promise<Blob> {
  const { manifest, notes } = await collect(home, { hubModels: false }, {});
  expect(notes).toEqual([]);
  return await packed(projectFiles(home, manifest));
}

/** The file with its list changed, and the study's record if wished. */
async function changed(
  file: Blob,
  change: (manifest: Manifest) => void,
  study: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes,
): Promise<Blob> {
  const files = [];
  for (const entry of await openArchive(file)) {
    let content: Uint8Array = await readEntry(entry, 1e9);
    if (entry.path.startsWith('studies/')) content = study(content);
    if (entry.path === MANIFEST) {
      const manifest = JSON.parse(new TextDecoder().decode(content)) as Manifest;
      change(manifest);
      content = text(JSON.stringify(manifest));
    }
    files.push({ path: entry.path, content });
  }
  return await packed(files);
}

test('a study that is half done goes along, once', async () => {
  const file = await saved();
  expect(await projectContents(file, other)).toMatchObject({
    runs: [],
    studies: [{ id: record.id, name: 'Reviews, then tickets', status: 'interrupted', here: 'none' }],
  });
  const [line] = (await projectContents(file, other)).studies;
  expect([line?.done, line?.all]).toEqual([5, 12]);
  expect(await bringIn(file, other)).toMatchObject({ runs: 0, studies: 1, notes: [] });
  expect(await other.studies.get(record.id)).toEqual(record);
  expect((await projectContents(file, other)).studies[0]?.here).toBe('same');
  expect(await bringIn(file, other)).toMatchObject({ studies: 0, notes: [] });
});

test('one that was going when it was saved rests elsewhere', async () => {
  await home.studies.put({ ...record, status: 'running' });
  await bringIn(await saved(), other);
  expect((await other.studies.get(record.id))?.status).toBe('interrupted');
});

test('one that is here in another state stays, unless told otherwise', async () => {
  const file = await saved();
  const further = { ...(await fixtureStudy(9)), id: record.id };
  await other.studies.put(further);
  expect((await projectContents(file, other)).studies[0]?.here).toBe('other');
  const { studies, notes } = await bringIn(file, other);
  expect([studies, notes]).toEqual([0, ['Reviews, then tickets is here in another state, which stays.']]);
  expect(await other.studies.get(record.id)).toEqual(further);
  expect(await bringIn(file, other, { other: 'theirs' })).toMatchObject({ studies: 1 });
  expect(await other.studies.get(record.id)).toEqual(record);
});

test('one that somebody works on stays as it is', async () => {
  const file = await saved();
  const held: string[] = [];
  vi.useFakeTimers({ toFake: ['setTimeout'] });
  vi.stubGlobal('navigator', {
    locks: {
      // A lock that does not fall.
      request: (name: string, { signal }: { signal: AbortSignal }) => {
        held.push(name);
        const given = new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('given up')));
        });
        void vi.runAllTimersAsync();
        return given;
      },
    },
  });
  try {
    const { studies, notes } = await bringIn(file, other);
    const said = 'Reviews, then tickets is going on in this browser and stays as it is.';
    expect([studies, notes]).toEqual([0, [said]]);
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
  expect(held).toEqual([`lethe/run/${studyLock(record.id)}`]);
  expect(await other.studies.list()).toEqual([]);
});

test('a file of a page that knew no studies opens', async () => {
  const old = await changed(await saved(), (manifest) => Reflect.deleteProperty(manifest, 'studies'));
  expect(await bringIn(old, other)).toMatchObject({ runs: 0, studies: 0 });
  expect(await other.studies.list()).toEqual([]);
});

test('a record that this version cannot read stays out, and that is said', async () => {
  await home.studies.put({ ...record, id: 'older', name: 'An old one', version: 0 as never });
  const { manifest, notes } = await collect(home, { hubModels: false }, {});
  expect(manifest.studies.map(({ id }) => id)).toEqual([record.id]);
  expect(notes).toEqual(['The study An old one is of another version of the page and stays out (version).']);
});

const bad: [what: string, make: (file: Blob) => Promise<Blob>, message: RegExp][] = [
  [
    'one byte changed',
    (file) =>
      changed(
        file,
        () => undefined,
        (bytes) => bytes.map((x, i) => (i === 20 ? x ^ 1 : x)),
      ),
    /studies\/1\.json is damaged: its SHA-256/,
  ],
  [
    'no study',
    async (file) => {
      const content = text('{"version":1}');
      const sha256 = Buffer.from(await crypto.subtle.digest('SHA-256', content)).toString('hex');
      return changed(
        file,
        ({ studies }) => Object.assign(studies[0]!, { bytes: content.length, sha256 }),
        () => content,
      );
    },
    /studies\/1\.json: id: /,
  ],
  [
    'another study than the list says',
    (file) => changed(file, ({ studies }) => Object.assign(studies[0]!, { id: 'x' })),
    /studies\/1\.json: it is the study "study-5"; project\.json says "x"/,
  ],
  [
    'larger than a record may be',
    (file) => changed(file, ({ studies }) => Object.assign(studies[0]!, { bytes: 200e6 + 1 })),
    /studies\.0\.bytes: /,
  ],
  [
    'the same study twice',
    (file) => changed(file, ({ studies }) => studies.push({ ...studies[0]!, path: 'studies/2.json' })),
    /two studies have one id/,
  ],
];
test.each(bad)('a study that is %s is refused, and nothing is kept', async (_, make, message) => {
  await expect(bringIn(await make(await saved()), other)).rejects.toThrow(message);
  expect(await other.studies.list()).toEqual([]);
});
