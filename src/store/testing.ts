/** Help for the tests of this folder: nothing of it ships. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { openStore, type Store, type StoreOptions } from './store';

/** A disk of its own for each test. */
export function emptyDisk(): IDBFactory {
  return new IDBFactory();
}

/** A store with chunks of 64 bytes and no Web Locks, unless asked otherwise. */
export async function openSmall(factory: IDBFactory, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore({ factory, chunkBytes: 64, locks: null, ...options });
  await store.swept;
  return store;
}

/** Bytes that differ from place to place. */
export function bytes(length: number, seed = 1): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    out[i] = state >>> 24;
  }
  return out;
}

export async function* stream(...pieces: Uint8Array[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

/** The raw database, as another program would see it. */
export async function raw<T>(
  factory: IDBFactory,
  store: string,
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const opened = factory.open('lethe');
  const database = await new Promise<IDBDatabase>((resolve, reject) => {
    opened.onsuccess = () => resolve(opened.result);
    opened.onerror = () => reject(new Error('could not open', { cause: opened.error }));
  });
  const transaction = database.transaction(store, mode);
  const request = work(transaction.objectStore(store));
  await new Promise<void>((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(new Error('aborted', { cause: transaction.error }));
  });
  database.close();
  return request.result;
}

export const chunkKeys = (factory: IDBFactory): Promise<IDBValidKey[]> =>
  raw(factory, 'chunks', 'readonly', (store) => store.getAllKeys());

/** Web Locks of one tab among several: what a tab holds falls when it dies. */
export class TabLocks {
  static readonly #held = new Set<string>();
  readonly #mine = new Set<string>();

  async request(name: string, work: () => Promise<void>): Promise<void> {
    TabLocks.#held.add(name);
    this.#mine.add(name);
    await work();
    TabLocks.#held.delete(name);
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: [...TabLocks.#held].map((name) => ({ name })), pending: [] });
  }

  /** The tab is gone without a word. */
  die(): void {
    for (const name of this.#mine) TabLocks.#held.delete(name);
  }

  get manager(): LockManager {
    return this as unknown as LockManager;
  }
}

type Put = (this: IDBObjectStore, value: unknown, key?: IDBValidKey) => IDBRequest<IDBValidKey>;

/** Puts `work` in the place of every `put`, until `vi.restoreAllMocks()`. */
export function interceptPut(
  work: (store: IDBObjectStore, value: unknown, put: (value: unknown) => IDBRequest<IDBValidKey>) => void,
): void {
  const original = Reflect.get(IDBObjectStore.prototype, 'put') as Put;
  vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function (
    this: IDBObjectStore,
    value: unknown,
    key?: IDBValidKey,
  ) {
    let request: IDBRequest<IDBValidKey> | undefined;
    const put = (other: unknown) => (request = original.call(this, other, key));
    work(this, value, put);
    return request ?? put(value);
  });
}
