import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StoreError, type Store } from './store';
import { bytes, chunkKeys, emptyDisk, interceptPut, openSmall, raw, stream } from './testing';

let disk: IDBFactory;
let store: Store;
beforeEach(async () => {
  disk = emptyDisk();
  store = await openSmall(disk);
});
afterEach(() => {
  store.close();
  vi.restoreAllMocks();
});

async function failure(work: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(StoreError);
  return error as StoreError;
}

/** Changes what lies under the key of the n-th chunk. */
async function tamper(n: number, change: (old: Uint8Array) => unknown): Promise<void> {
  const key = (await chunkKeys(disk))[n]!;
  const old = (await raw(disk, 'chunks', 'readonly', (chunks) => chunks.get(key))) as Uint8Array;
  const value = change(old);
  await raw(disk, 'chunks', 'readwrite', (chunks): IDBRequest =>
    value === undefined ? chunks.delete(key) : chunks.put(value, key),
  );
}

test('reads back what was kept, however the pieces came', async () => {
  const whole = bytes(1000);
  const pieces = [0, 1, 64, 65, 200, 200, 999, 1000];
  const manifest = await store.folders.keep(
    'm',
    'model',
    [
      {
        path: 'a.bin',
        content: stream(...pieces.slice(1).map((end, i) => whole.subarray(pieces[i], end))),
      },
      { path: 'empty', content: new Uint8Array(0) },
      { path: 'dir/b.bin', content: whole.subarray(10, 74) },
    ],
    { url: 'x' },
  );
  expect(manifest).toMatchObject({ id: 'm', kind: 'model', bytes: 1064, chunkBytes: 64, meta: { url: 'x' } });
  expect(manifest.files.map((file) => [file.path, file.bytes, file.chunks.length])).toEqual([
    ['a.bin', 1000, 16],
    ['empty', 0, 0],
    ['dir/b.bin', 64, 1],
  ]);
  store.close();
  store = await openSmall(disk);
  expect(await store.folders.manifest('m')).toEqual(manifest);
  expect(await store.folders.readWhole('m', 'a.bin')).toEqual(whole);
  expect(await store.folders.readWhole('m', 'empty')).toEqual(new Uint8Array(0));
  expect(await store.folders.readWhole('m', 'dir/b.bin')).toEqual(whole.slice(10, 74));
});

test('a source may use its buffer again for the next piece', async () => {
  const scratch = new Uint8Array(50);
  async function* content() {
    for (let i = 0; i < 5; i += 1) yield await Promise.resolve(scratch.fill(i));
  }
  await store.folders.keep('m', 'model', [{ path: 'a', content: content() }]);
  const expected = Uint8Array.from({ length: 250 }, (_, i) => Math.floor(i / 50));
  expect(await store.folders.readWhole('m', 'a')).toEqual(expected);
});

test('a write that breaks off leaves the old folder and no leftovers', async () => {
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const before = await chunkKeys(disk);
  async function* broken() {
    yield bytes(200, 2);
    await Promise.resolve();
    throw new TypeError('network lost');
  }
  await expect(store.folders.keep('m', 'model', [{ path: 'a', content: broken() }])).rejects.toThrow(
    new TypeError('network lost'),
  );
  expect(await chunkKeys(disk)).toEqual(before);
  expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(300));
});

test('replacing a folder removes the old chunks, and only those', async () => {
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  await store.folders.keep('other', 'dataset', [{ path: 'a', content: bytes(100, 3) }]);
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(150, 2) }]);
  expect(await chunkKeys(disk)).toHaveLength(3 + 2);
  expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(150, 2));
  expect(await store.folders.readWhole('other', 'a')).toEqual(bytes(100, 3));
  expect((await store.folders.list('dataset')).map((folder) => folder.id)).toEqual(['other']);
  await store.folders.remove('m');
  expect(await store.folders.manifest('m')).toBeNull();
  expect(await chunkKeys(disk)).toHaveLength(2);
});

test.each([
  ['bit-flipped', (old: Uint8Array) => old.map((byte, i) => (i === 5 ? byte ^ 4 : byte)), 'corrupt'],
  ['truncated', (old: Uint8Array) => old.slice(0, 63), 'corrupt'],
  ['lengthened', (old: Uint8Array) => new Uint8Array([...old, 0]), 'corrupt'],
  ['deleted', () => undefined, 'missing'],
  ['replaced by something else', () => 'text', 'missing'],
])('a chunk that is %s is found and named', async (_, change, code) => {
  await store.folders.keep('run/k/stage-1', 'checkpoint', [
    { path: 'config.json', content: bytes(20) },
    { path: 'model.safetensors', content: bytes(300) },
  ]);
  await tamper(1 + 2, change);
  expect(await store.folders.readWhole('run/k/stage-1', 'config.json')).toEqual(bytes(20));
  const error = await failure(store.folders.readWhole('run/k/stage-1', 'model.safetensors'));
  expect(error).toMatchObject({
    code,
    place: { folder: 'run/k/stage-1', file: 'model.safetensors', chunk: 2 },
  });
  expect(error.message).toMatch(/^run\/k\/stage-1, model\.safetensors, chunk 3 of 5: /);
});

test('what is not there is said to be missing', async () => {
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(1) }]);
  expect((await failure(store.folders.readWhole('n', 'a'))).message).toBe('nothing is kept under "n"');
  expect((await failure(store.folders.readWhole('m', 'b'))).message).toBe('m has no file "b"');
  await store.folders.remove('nobody');
});

test('a reader whose folder is replaced hears so, not that it is damaged', async () => {
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const reader = store.folders.read('m', 'a');
  expect((await reader.next()).value).toEqual(bytes(300).slice(0, 64));
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300, 2) }]);
  expect((await failure(reader.next())).code).toBe('conflict');
});

test('of two writers at once the last to finish stands, whole', async () => {
  const other = await openSmall(disk);
  let turn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (turn = resolve));
  async function* slow() {
    yield bytes(100, 7);
    await gate;
    yield bytes(100, 8);
  }
  const first = store.folders.keep('m', 'model', [{ path: 'a', content: slow() }]);
  await other.folders.keep('m', 'model', [
    { path: 'a', content: bytes(500, 9) },
    { path: 'b', content: bytes(9) },
  ]);
  expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(500, 9));
  turn();
  await first;
  expect(await other.folders.readWhole('m', 'a')).toEqual(
    new Uint8Array([...bytes(100, 7), ...bytes(100, 8)]),
  );
  expect((await other.folders.manifest('m'))?.files.map((file) => file.path)).toEqual(['a']);
  expect(await chunkKeys(disk)).toHaveLength(4);
  other.close();
});

test('a full disk is said in words, and the old folder stays', async () => {
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(300) }]);
  const before = await chunkKeys(disk);
  let room = 2;
  interceptPut((chunks, value, put) => {
    put(value);
    // As browsers do it: the request is accepted, then the whole transaction aborts.
    if (chunks.name === 'chunks' && (room -= 1) < 0)
      (chunks.transaction as unknown as { _abort(name: string): void })._abort('QuotaExceededError');
  });
  const error = await failure(
    store.folders.keep('m', 'model', [{ path: 'big.bin', content: bytes(1000, 2) }]),
  );
  expect(error).toMatchObject({ code: 'quota', place: { folder: 'm', file: 'big.bin', chunk: 2 } });
  expect(error.message).toContain('no room left');
  vi.restoreAllMocks();
  expect(await chunkKeys(disk)).toEqual(before);
  expect(await store.folders.readWhole('m', 'a')).toEqual(bytes(300));
});

test('a disk that gives back something else than was written is caught while writing', async () => {
  interceptPut((_, value, put) => {
    if (value instanceof Uint8Array) put(value.map((byte, i) => (i === 9 ? byte + 1 : byte)));
  });
  const error = await failure(store.folders.keep('m', 'model', [{ path: 'a', content: bytes(100) }]));
  expect(error.code).toBe('corrupt');
  vi.restoreAllMocks();
  expect(await store.folders.manifest('m')).toBeNull();
  expect(await chunkKeys(disk)).toEqual([]);
});

test('two files of one name are refused', async () => {
  const files = [
    { path: 'a', content: bytes(3) },
    { path: 'a', content: bytes(4) },
  ];
  expect((await failure(store.folders.keep('m', 'model', files))).message).toContain('"a"');
  expect(await chunkKeys(disk)).toEqual([]);
});

test('writes ask for strict durability', async () => {
  const begin = vi.spyOn(IDBDatabase.prototype, 'transaction');
  await store.folders.keep('m', 'model', [{ path: 'a', content: bytes(100) }]);
  const writes = begin.mock.calls.filter(([, mode]) => mode === 'readwrite');
  expect(writes.length).toBeGreaterThanOrEqual(4);
  for (const [, , options] of writes) expect(options).toEqual({ durability: 'strict' });
});

test('never holds more than a chunk of a large file', async () => {
  let made = 0;
  let most = 0;
  async function* content() {
    for (; made < 50; made += 1) {
      most = Math.max(most, made * 64 - (await chunkKeys(disk)).length * 64);
      yield bytes(64, made);
    }
  }
  await store.folders.keep('m', 'model', [{ path: 'a', content: content() }]);
  expect(most).toBeLessThanOrEqual(64);
});

test('verify finds every chunk that is gone, cut short or changed by a bit, and names it', async () => {
  const files = [
    { path: 'a.bin', content: bytes(150) },
    { path: 'b.bin', content: bytes(64, 2) },
  ];
  const harm: [string, (old: Uint8Array) => unknown, string][] = [
    ['gone', () => undefined, 'missing'],
    ['cut short', (old) => old.slice(0, -1), 'corrupt'],
    ['a flipped bit', (old) => old.map((byte, i) => (i === 5 ? byte ^ 16 : byte)), 'corrupt'],
  ];
  for (let n = 0; n < 4; n += 1)
    for (const [name, change, code] of harm) {
      await store.folders.keep('c', 'checkpoint', files);
      await store.folders.verify('c');
      await tamper(n, change);
      const error = await failure(store.folders.verify('c'));
      const [file, chunk] = n < 3 ? ['a.bin', n] : ['b.bin', 0];
      expect([name, error.code, error.place]).toEqual([name, code, { folder: 'c', file, chunk }]);
      expect(error.message).toContain(`${file}, chunk ${chunk + 1} of`);
    }
});

test('verify gives a turn after each chunk, and goes no further than that wants', async () => {
  await store.folders.keep('c', 'checkpoint', [
    { path: 'a.bin', content: bytes(150) },
    { path: 'b.bin', content: bytes(64, 2) },
  ]);
  let turns = 0;
  await store.folders.verify('c', () => Promise.resolve(void (turns += 1)));
  expect(turns).toBe(4);
  const enough = () => (--turns > 1 ? Promise.resolve() : Promise.reject(new Error('enough')));
  await expect(store.folders.verify('c', enough)).rejects.toThrow('enough');
  expect(turns).toBe(1);
});

test('a folder that is set aside stays, with the reason in its meta', async () => {
  await store.folders.keep('c', 'checkpoint', [{ path: 'a', content: bytes(10) }], { runId: 'r' });
  await store.folders.setAside('c', 'a chunk is gone');
  expect((await store.folders.manifest('c'))!.meta).toEqual({ runId: 'r', damaged: 'a chunk is gone' });
  expect(await store.folders.readWhole('c', 'a')).toEqual(bytes(10));
  await store.folders.setAside('none', 'nothing there');
  expect(await store.folders.manifest('none')).toBeNull();
});
