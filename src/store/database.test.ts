import { promisifyRequest, set, get } from 'idb-keyval';
import { forceCloseDatabase } from 'fake-indexeddb';
import { afterEach, expect, test, vi } from 'vitest';
import { Database, type Upgrade } from './database';
import { StoreError } from './errors';
import { openStore, type StoreChange } from './store';
import { emptyDisk } from './testing';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const first: Upgrade = (database) => {
  for (const name of ['manifests', 'chunks', 'runs', 'leases']) database.createObjectStore(name);
};
const second: Upgrade = (_, transaction) => {
  transaction.objectStore('runs').put('added by the upgrade', 'note');
};

test('an older database is brought up to date step by step and keeps its content', async () => {
  const factory = emptyDisk();
  const old = new Database({ name: 'd', factory, upgrades: [first] });
  await set('a', 1, old.use('runs'));
  old.close();
  const now = new Database({ name: 'd', factory, upgrades: [first, second] });
  expect(await get('a', now.use('runs'))).toBe(1);
  expect(await get('note', now.use('runs'))).toBe('added by the upgrade');
  now.close();
});

test('an open tab of an older version makes way, and says so when used again', async () => {
  const factory = emptyDisk();
  const old = new Database({ name: 'd', factory, upgrades: [first] });
  await old.open();
  const now = new Database({ name: 'd', factory, upgrades: [first, second] });
  await now.open();
  await expect(get('a', old.use('runs'))).rejects.toMatchObject({
    code: 'closed',
    message: 'a newer version of this page was opened in another tab; reload this one',
  });
  now.close();
});

test('a tab of an older version that does not make way is named as the reason', async () => {
  const factory = emptyDisk();
  const stubborn = factory.open('d', 1);
  await promisifyRequest(stubborn);
  const now = new Database({ name: 'd', factory, upgrades: [first, second], blockedAfter: 20 });
  await expect(now.open()).rejects.toMatchObject({ code: 'blocked' });
  stubborn.result.close();
});

test.each<[string, Upgrade, RegExp]>([
  [
    'that throws in its middle',
    (database, transaction) => {
      transaction.objectStore('runs').put('half an upgrade', 'a');
      database.createObjectStore('runs');
    },
    /^the database could not be brought to this version of the page: ConstraintError.*as it was.*reload$/,
  ],
  [
    'that the browser aborts',
    (_, transaction) => {
      transaction.objectStore('runs').put('half an upgrade', 'a').onsuccess = () => transaction.abort();
    },
    /^the database could not be brought to this version of the page: .*as it was.*reload$/,
  ],
  [
    'that there is no room for',
    (_, transaction) => {
      transaction.objectStore('runs').clear();
      throw Object.assign(new Error('full'), { name: 'QuotaExceededError' });
    },
    /no room left.*as it was/,
  ],
])('an upgrade %s is told in words, and everything is as it was', async (_, bad, message) => {
  const factory = emptyDisk();
  const old = new Database({ name: 'd', factory, upgrades: [first] });
  await set('a', 1, old.use('runs'));
  old.close();
  let mended = false;
  const now = new Database({
    name: 'd',
    factory,
    upgrades: [first, (...given) => (mended ? second : bad)(...given)],
  });
  const failed = now.open();
  await expect(failed).rejects.toMatchObject({ code: 'upgrade' });
  await expect(failed).rejects.toThrow(message);
  // The page of before still opens it, and finds what it wrote.
  const again = new Database({ name: 'd', factory, upgrades: [first] });
  expect(await get('a', again.use('runs'))).toBe(1);
  again.close();
  // And the next try comes through, without a new page.
  mended = true;
  expect(await get('a', now.use('runs'))).toBe(1);
  expect(await get('note', now.use('runs'))).toBe('added by the upgrade');
  now.close();
});

test('once the other tab has made way, the database opens with what it held', async () => {
  const factory = emptyDisk();
  const old = new Database({ name: 'd', factory, upgrades: [first] });
  await set('a', 1, old.use('runs'));
  old.close();
  const stubborn = factory.open('d', 1);
  await promisifyRequest(stubborn);
  const now = new Database({ name: 'd', factory, upgrades: [first, second], blockedAfter: 20 });
  await expect(now.open()).rejects.toThrow('another tab holds an older version of the database open');
  stubborn.result.close();
  expect(await get('a', now.use('runs'))).toBe(1);
  now.close();
});

test('a database from a newer version of the page is not touched', async () => {
  const factory = emptyDisk();
  const newer = new Database({ name: 'd', factory, upgrades: [first, second] });
  await newer.open();
  newer.close();
  const old = new Database({ name: 'd', factory, upgrades: [first] });
  await expect(old.open()).rejects.toMatchObject({ code: 'newer' });
});

test('a connection that the browser dropped is opened again', async () => {
  const factory = emptyDisk();
  const opened: IDBDatabase[] = [];
  const open = factory.open.bind(factory);
  vi.spyOn(factory, 'open').mockImplementation((name, version) => {
    const request = open(name, version);
    request.addEventListener('success', () => opened.push(request.result));
    return request;
  });
  const database = new Database({ name: 'd', factory });
  await set('a', 1, database.use('runs'));
  // Once with the event that tells of it, once without.
  forceCloseDatabase(opened[0]! as never);
  expect(await get('a', database.use('runs'))).toBe(1);
  opened[1]!.close();
  expect(await get('a', database.use('runs'))).toBe(1);
  expect(opened).toHaveLength(3);
  database.close();
  await expect(get('a', database.use('runs'))).rejects.toMatchObject({ code: 'closed' });
});

test('nothing stays of a transaction that throws', async () => {
  const database = new Database({ name: 'd', factory: emptyDisk() });
  const why = new StoreError('conflict', 'no');
  await expect(
    database.transaction(['runs', 'manifests'], 'readwrite', async (store) => {
      await promisifyRequest(store('runs').put(1, 'a'));
      store('manifests').put(1, 'a');
      throw why;
    }),
  ).rejects.toBe(why);
  expect(await get('a', database.use('runs'))).toBeUndefined();
  expect(await get('a', database.use('manifests'))).toBeUndefined();
  database.close();
});

test('what is not plain data is refused in words', async () => {
  const database = new Database({ name: 'd', factory: emptyDisk() });
  const error = set('a', () => 1, database.use('runs'));
  await expect(error).rejects.toMatchObject({ code: 'failed' });
  await expect(error).rejects.toThrow('not plain data');
  database.close();
});

test('a browser without a database, or one that refuses it, is said so', async () => {
  const refusing = emptyDisk();
  vi.spyOn(refusing, 'open').mockImplementation(() => {
    throw new DOMException('blocked', 'SecurityError');
  });
  await expect(openStore({ factory: refusing })).rejects.toMatchObject({ code: 'unavailable' });
  vi.stubGlobal('indexedDB', undefined);
  await expect(openStore()).rejects.toMatchObject({ code: 'unavailable' });
});

test('a database that is deleted under us begins anew, and everyone is told', async () => {
  const factory = emptyDisk();
  const store = await openStore({ factory, locks: null });
  await store.swept;
  const heard: StoreChange[] = [];
  store.onChange((change) => heard.push(change));
  await store.folders.keep('m', 'model', [{ path: 'a', content: new Uint8Array(3) }]);
  const deletion = factory.deleteDatabase('lethe');
  await promisifyRequest(deletion as unknown as IDBRequest);
  await expect.poll(() => heard.at(-1)).toEqual({ of: 'all', id: '' });
  expect(await store.folders.list()).toEqual([]);
  await store.folders.keep('m', 'model', [{ path: 'a', content: new Uint8Array(3) }]);
  expect(await store.folders.list()).toHaveLength(1);
  store.close();
});
