import { IDBFactory } from 'fake-indexeddb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openArchive, readEntry } from '../archive/read';
import { zipFolder } from '../archive/write';
import { openStore, type Store } from '../store/store';
import { Bench, config, freshStore, store, timeless, unbroken, weightsOf } from '../worker/testing';
import { bringIn, projectContents } from './bringIn';
import { collect, projectFileName, projectFiles } from './collect';
import { MANIFEST, type Manifest } from './format';

beforeEach(freshStore);
afterEach(() => store.close());

const text = (value: string) => new TextEncoder().encode(value);

async function saved(from: Store = store, hubModels = false): Promise<Blob> {
  const { manifest } = await collect(from, { hubModels }, { theme: 'dark' });
  return await packed(projectFiles(from, manifest));
}

async function packed(files: Parameters<typeof zipFolder>[0]): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of zipFolder(files)) pieces.push(piece);
  return new Blob(pieces);
}

/** A run that was stopped at step 6 or so. */
async function stopped(runId = 'r1'): Promise<void> {
  const bench = new Bench();
  bench.turn = () => {
    if (bench.of('progress').some((e) => e.progress.step >= 6)) bench.command('stop');
  };
  await bench.ask({ type: 'start', runId, config: config() });
  await bench.ended();
}

/** Another browser, which has nothing. */
const elsewhere = (): Promise<Store> =>
  openStore({ name: 'elsewhere', factory: new IDBFactory(), locks: null });

/** The file with one entry changed, and its manifest if wished. */
async function changed(
  file: Blob,
  change: (path: string, bytes: Uint8Array) => Uint8Array | null,
): Promise<Blob> {
  const files: { path: string; content: Uint8Array }[] = [];
  for (const entry of await openArchive(file)) {
    const content = change(entry.path, await readEntry(entry, 1e9));
    if (content) files.push({ path: entry.path, content });
  }
  return await packed(files);
}

const withManifest = (file: Blob, change: (manifest: Manifest) => void): Promise<Blob> =>
  changed(file, (path, bytes) => {
    if (path !== MANIFEST) return bytes;
    const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
    change(manifest);
    return text(JSON.stringify(manifest));
  });

describe('a project file', () => {
  test('takes a run that was broken off to another browser, which ends it as if nothing had been', async () => {
    await unbroken();
    const whole = { record: await store.runs.get('whole'), weights: await weightsOf('whole', 'stage-2') };
    await store.runs.remove('whole');
    await stopped();
    await store.folders.keep('dataset/mine', 'dataset', [{ path: 'train.csv', content: text('a,b\n1,2\n') }]);
    await store.folders.keep('local/tiny', 'model', [{ path: 'config.json', content: text('{}') }], {
      label: 'tiny',
    });
    const record = await store.runs.get('r1');
    const file = await saved();
    store.close();

    await freshStore();
    expect(await projectContents(file, store)).toMatchObject({
      runs: [{ id: 'r1', status: 'stopped', here: 'none' }],
      checkpoints: 1,
      datasets: 1,
      models: 1,
      settings: { theme: 'dark' },
    });
    const told: number[] = [];
    const done = await bringIn(file, store, { onProgress: ({ loaded, total }) => told.push(loaded / total) });
    expect(done).toEqual({ runs: 1, studies: 0, checkpoints: 1, datasets: 1, models: 1, notes: [] });
    expect(told.at(-1)).toBeLessThanOrEqual(1);
    expect(await store.runs.get('r1')).toEqual(record);
    expect(new TextDecoder().decode(await store.folders.readWhole('dataset/mine', 'train.csv'))).toBe(
      'a,b\n1,2\n',
    );
    expect((await store.folders.manifest('local/tiny'))?.meta).toEqual({ label: 'tiny' });

    const bench = new Bench();
    await bench.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await bench.ended())).toEqual(timeless(whole.record));
    expect(await weightsOf('r1', 'stage-2')).toEqual(whole.weights);
  });

  test('opened twice changes nothing the second time', async () => {
    await stopped();
    const file = await saved();
    const other = await elsewhere();
    await bringIn(file, other);
    expect(await bringIn(file, other)).toEqual({
      runs: 0,
      studies: 0,
      checkpoints: 0,
      datasets: 0,
      models: 0,
      notes: [],
    });
    expect((await projectContents(file, other)).runs[0]?.here).toBe('same');
    other.close();
  });

  test('leaves a run that is here in another state, unless told otherwise', async () => {
    await stopped();
    const file = await saved();
    const bench = new Bench();
    await bench.ask({ type: 'resume', runId: 'r1' });
    const mine = await bench.ended();
    const done = await bringIn(file, store);
    expect(done).toMatchObject({ runs: 0, checkpoints: 0 });
    expect(done.notes).toEqual([expect.stringContaining('another state')]);
    expect((await store.runs.get('r1'))?.status).toBe('finished');

    expect(await bringIn(file, store, { other: 'theirs' })).toMatchObject({ runs: 1, checkpoints: 1 });
    expect((await store.runs.get('r1'))?.status).toBe('stopped');
    // The later checkpoints were of the other state.
    expect((await store.folders.list('checkpoint')).map(({ id }) => id)).toEqual(['run/r1/latest']);
    const again = new Bench();
    await again.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await again.ended())).toEqual(timeless(mine));
  });

  test('names the models of the Hub, and takes them along where that is wished', async () => {
    await store.folders.keep('hub/a/b', 'model', [{ path: 'config.json', content: text('{}') }], {
      hub: { id: 'a/b', revision: 'main' },
    });
    const without = await projectContents(await saved(), store);
    expect(without).toMatchObject({ models: 0, hubModels: [{ id: 'a/b', revision: 'main', bytes: 2 }] });
    expect(await projectContents(await saved(store, true), store)).toMatchObject({
      models: 1,
      hubModels: [],
    });
  });

  test('leaves out what no other browser can use, and says so', async () => {
    await stopped();
    await store.folders.setAside('run/r1/latest', 'damaged');
    const { manifest, notes } = await collect(store, { hubModels: false }, {});
    expect(manifest.folders).toEqual([]);
    // `blank` is the model of the tests; no page makes such a name.
    expect(notes).toEqual([expect.stringContaining('damaged'), expect.stringContaining('blank')]);
    expect(projectFileName(manifest)).toMatch(/^lethe-\d{4}-\d\d-\d\d\.lethe$/);
  });

  test('is not saved half old, half new', async () => {
    await stopped();
    const { manifest } = await collect(store, { hubModels: false }, {});
    const bench = new Bench();
    await bench.ask({ type: 'resume', runId: 'r1' });
    await bench.ended();
    await expect(packed(projectFiles(store, manifest))).rejects.toThrow(
      /changed while the project was saved/,
    );
  });
});

describe('what is no project, or a damaged one', () => {
  let file: Blob;
  let other: Store;
  beforeEach(async () => {
    await stopped();
    await store.folders.keep('dataset/mine', 'dataset', [{ path: 'train.csv', content: text('a,b\n1,2\n') }]);
    file = await saved();
    other = await elsewhere();
  });
  afterEach(() => other.close());
  const kept = async () => [await other.runs.list(), await other.folders.list()];

  const bad: [what: string, make: (file: Blob) => Promise<Blob> | Blob, message: RegExp][] = [
    ['a text', () => new Blob(['hello']), /expected a whole project file/],
    ['an empty file', () => new Blob([]), /expected a whole project file/],
    ['one that was cut off', (f) => f.slice(0, f.size - 100), /expected a whole project file/],
    ['another zip', () => packed([{ path: 'a.csv', content: text('a') }]), /there is no project\.json/],
    [
      'another manifest',
      (f) => withManifest(f, (m) => Object.assign(m, { format: 'x' })),
      /no project of Lethe/,
    ],
    [
      'a newer version',
      (f) => withManifest(f, (m) => Object.assign(m, { version: 2 })),
      /newer version of this page/,
    ],
    [
      'a manifest that is no JSON',
      (f) => changed(f, (p, b) => (p === MANIFEST ? text('{') : b)),
      /expected JSON/,
    ],
    [
      'a lost entry',
      (f) => changed(f, (p, b) => (p.startsWith('runs/') ? null : b)),
      /runs\/1\.json is missing/,
    ],
    [
      'a changed record',
      (f) => changed(f, (p, b) => (p.startsWith('runs/') ? b.map((x) => (x === 54 ? 55 : x)) : b)),
      /runs\/1\.json is damaged: its SHA-256/,
    ],
    [
      'a record that is none',
      async (f) => {
        const content = text('{"version":1}');
        const hash = Buffer.from(await crypto.subtle.digest('SHA-256', content)).toString('hex');
        return withManifest(await changed(f, (p, b) => (p.startsWith('runs/') ? content : b)), ({ runs }) =>
          Object.assign(runs[0]!, { bytes: content.length, sha256: hash }),
        );
      },
      /runs\/1\.json: id: /,
    ],
    [
      'a changed state',
      (f) => changed(f, (p, b) => (p.endsWith('state.json') ? b.map((x) => (x === 54 ? 55 : x)) : b)),
      /state\.json is damaged: its SHA-256/,
    ],
    [
      'a path that leaves its folder',
      (f) => withManifest(f, ({ folders }) => Object.assign(folders[0]!.files[0]!, { path: '../../a' })),
      /folders\.0\.files\.0\.path: expected a path below a folder/,
    ],
    [
      'a model in the place of the bundled one',
      (f) =>
        withManifest(f, ({ folders }) => Object.assign(folders[0]!, { kind: 'model', id: 'bundled/pocket' })),
      /expected an id and a meta of its kind/,
    ],
    [
      'a data set whose task is none',
      (f) =>
        withManifest(f, ({ folders }) => {
          folders.find(({ kind }) => kind === 'dataset')!.meta = { task: { id: '../x', name: 3 } };
        }),
      /expected an id and a meta of its kind/,
    ],
    [
      'a size that is not the entry’s',
      (f) =>
        withManifest(f, ({ folders }) => {
          const { files } = folders.find(({ kind }) => kind === 'dataset')!;
          files[0]!.bytes -= 1;
        }),
      /has 8 bytes; project\.json says 7/,
    ],
  ];
  test.each(bad)('%s is refused, and nothing is kept', async (_, make, message) => {
    const damaged = await make(file);
    await expect(bringIn(damaged, other)).rejects.toThrow(message);
    expect(await kept()).toEqual([[], []]);
  });

  test('weights that were changed are found before a record names them', async () => {
    const damaged = await changed(file, (path, bytes) =>
      path.endsWith('model.safetensors') ? bytes.map((x, i) => (i === bytes.length - 1 ? x ^ 1 : x)) : bytes,
    );
    await expect(bringIn(damaged, other)).rejects.toThrow(/model\.safetensors is damaged: its SHA-256/);
    expect(await other.runs.list()).toEqual([]);
    expect(await other.folders.list('checkpoint')).toEqual([]);
  });

  test('any byte of it changed: it is refused, or what it says is what was saved', async () => {
    const whole = new Uint8Array(await file.arrayBuffer());
    const expected = await (async () => {
      await bringIn(file, other);
      return [await other.runs.get('r1'), (await other.folders.list()).map(({ id, files }) => [id, files])];
    })();
    for (let n = 0; n < 120; n += 1) {
      const at = Math.floor(((n + 0.5) / 120) * whole.length);
      const bytes = whole.slice();
      bytes[at] = bytes[at]! ^ (1 << (n % 8));
      const target = await elsewhere();
      try {
        await bringIn(new Blob([bytes]), target);
        const list = (await target.folders.list()).map(({ id, files }) => [id, files]);
        expect([await target.runs.get('r1'), list.sort()], `byte ${at}`).toEqual([
          expected[0],
          (expected[1] as unknown[]).sort(),
        ]);
      } catch (error) {
        if ((error as Error).name !== 'ProjectError') throw error;
      } finally {
        target.close();
      }
    }
  });
});
