import { afterEach, beforeEach, expect, test } from 'vitest';
import { randomId } from './hash';
import { openStore, type Store, type StoreChange } from './store';

/** The browser's own IndexedDB, Web Locks and Web Crypto. A database for each test, removed after it. */
let name: string;
let store: Store;
const stores: Store[] = [];

async function open(): Promise<Store> {
  const opened = await openStore({ name });
  stores.push(opened);
  return opened;
}

beforeEach(async () => {
  name = `lethe-test-${randomId()}`;
  store = await open();
});
afterEach(async () => {
  for (const opened of stores.splice(0)) opened.close();
  await promised(indexedDB.deleteDatabase(name));
});

function promised<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error('request failed', { cause: request.error }));
  });
}

/** The chunks as they lie in the database, through a connection of our own. */
async function chunks<T>(work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await promised(indexedDB.open(name));
  const result = await promised(work(database.transaction('chunks', 'readwrite').objectStore('chunks')));
  database.close();
  return result;
}

/** Far from a whole number of chunks, and different from place to place. */
function large(seed: number): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(5_000_001);
  for (let i = 0; i < words.length; i += 1) words[i] = Math.imul(i + seed, 2654435761);
  return new Uint8Array(words.buffer, 0, words.byteLength - 1);
}

async function expectFile(of: Store, expected: Uint8Array): Promise<void> {
  const got = await of.folders.readWhole('m', 'model.safetensors');
  expect(got.length).toBe(expected.length);
  expect(got.findIndex((byte, i) => byte !== expected[i])).toBe(-1);
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 700_001)
    yield await Promise.resolve(bytes.subarray(at, at + 700_001));
}

test('a large file comes back after the database was closed, and replacing it frees the old one', async () => {
  await store.folders.keep('m', 'model', [{ path: 'model.safetensors', content: pieces(large(1)) }]);
  store.close();
  const again = await open();
  await expectFile(again, large(1));
  expect(await chunks((all) => all.count())).toBe(3);
  await again.folders.keep('m', 'model', [{ path: 'model.safetensors', content: pieces(large(2)) }]);
  await expectFile(again, large(2));
  expect(await chunks((all) => all.count())).toBe(3);
  const usage = await again.usage();
  expect(usage.kept).toBe(20_000_003);
  expect(usage.quota).toBeGreaterThan(usage.used);
});

test('a damaged chunk is found and named', async () => {
  await store.folders.keep('m', 'model', [{ path: 'model.safetensors', content: large(1) }]);
  const key = (await chunks((all) => all.getAllKeys()))[1]!;
  const chunk = (await chunks((all) => all.get(key))) as Uint8Array;
  chunk[1_000_000]! ^= 1;
  await chunks((all) => all.put(chunk, key));
  await expect(store.folders.readWhole('m', 'model.safetensors')).rejects.toMatchObject({
    code: 'corrupt',
    place: { folder: 'm', file: 'model.safetensors', chunk: 1 },
  });
});

test('a writer that is killed loses its lock; the old folder stands and the leftovers go', async () => {
  await store.folders.keep('m', 'model', [{ path: 'model.safetensors', content: large(1) }]);
  const writer = new Worker(new URL('./stuckWriter.worker.ts', import.meta.url), { type: 'module', name });
  await expect.poll(() => chunks((all) => all.count()), { timeout: 60_000 }).toBe(3 + 2);
  expect(await (await open()).swept).toBe(0);
  expect(await chunks((all) => all.count())).toBe(3 + 2);
  writer.terminate();
  // The browser takes a moment to let the lock of a dead worker go.
  await expect.poll(async () => (await (await open()).swept) > 0, { timeout: 60_000 }).toBe(true);
  expect(await chunks((all) => all.count())).toBe(3);
  await expectFile(store, large(1));
});

test('changes reach other holders of the store', async () => {
  const other = await open();
  const heard: StoreChange[] = [];
  other.onChange((change) => heard.push(change));
  await store.folders.keep('m', 'dataset', [{ path: 'a.csv', content: new Uint8Array(3) }]);
  await expect.poll(() => heard).toEqual([{ of: 'folders', id: 'm' }]);
});
