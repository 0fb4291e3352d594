import { promisifyRequest, type UseStore } from 'idb-keyval';
import { asStoreError, StoreError } from './errors';

export type StoreName = 'manifests' | 'chunks' | 'runs' | 'leases' | 'studies';

/** One step of the schema; step n brings version n to n + 1. Steps that were released never change. */
export type Upgrade = (database: IDBDatabase, transaction: IDBTransaction) => void;

const upgrades: Upgrade[] = [
  (database) => {
    // manifests and runs by id; chunks by [generation, file, chunk]; leases by generation.
    for (const name of ['manifests', 'chunks', 'runs', 'leases'] satisfies StoreName[])
      database.createObjectStore(name);
  },
  (database) => {
    // Studies by id.
    database.createObjectStore('studies' satisfies StoreName);
  },
];

/** The version of the schema that this page writes. */
export const latestVersion = upgrades.length;

export interface DatabaseOptions {
  name: string;
  factory?: IDBFactory | undefined;
  upgrades?: Upgrade[];
  /** How long another tab may hold an older version open before we give up. */
  blockedAfter?: number;
}

/**
 * The one database of the page. Hands out idb-keyval stores that share a connection, and transactions over
 * several stores. Writes are strictly durable: they have reached the disk when their promise resolves.
 */
export class Database {
  readonly name: string;
  readonly #options: DatabaseOptions;
  #connection: Promise<IDBDatabase> | null = null;
  /** Set once this connection must not be opened again. */
  #over: StoreError | null = null;
  #wasOpen = false;
  /** Called when the database that was open has been deleted (site data cleared, say) and stands empty again. */
  onDeleted: () => void = () => undefined;

  constructor(options: DatabaseOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Opens the connection now rather than at first use, so that its errors show early. */
  async open(): Promise<void> {
    await this.#connected();
  }

  /** An object store as idb-keyval wants it. */
  use(name: StoreName): UseStore {
    return (mode, callback) =>
      this.#run([name], mode, (transaction) => callback(transaction.objectStore(name)));
  }

  /**
   * Runs `work` in one transaction and resolves when it has been committed. When `work` throws, nothing of
   * it stays. Inside `work`, await nothing but requests of this transaction.
   */
  transaction<T>(
    names: StoreName[],
    mode: 'readonly' | 'readwrite',
    work: (store: (name: StoreName) => IDBObjectStore) => Promise<T>,
  ): Promise<T> {
    return this.#run(names, mode, async (transaction) => {
      const committed = promisifyRequest(transaction);
      // Awaited below; this keeps an abort in the middle of `work` from counting as unhandled.
      committed.catch(() => undefined);
      try {
        const value = await work((name) => transaction.objectStore(name));
        await committed;
        return value;
      } catch (error) {
        try {
          transaction.abort();
        } catch {
          // It was over already, by the error that is being thrown.
        }
        // A failed request also aborts the transaction, and the reason (quota, say) may be on either.
        throw transaction.error ?? error;
      }
    });
  }

  close(): void {
    this.#over = new StoreError('closed', 'the store was closed');
    void this.#connection?.then(
      (database) => database.close(),
      () => undefined,
    );
    this.#connection = null;
  }

  async #run<T>(
    names: StoreName[],
    mode: IDBTransactionMode,
    work: (transaction: IDBTransaction) => T | PromiseLike<T>,
  ): Promise<T> {
    try {
      return await work(await this.#begin(names, mode));
    } catch (error) {
      throw asStoreError(error, mode === 'readonly' ? 'could not read from the database' : 'could not save');
    }
  }

  async #begin(names: StoreName[], mode: IDBTransactionMode): Promise<IDBTransaction> {
    const begin = async () => (await this.#connected()).transaction(names, mode, { durability: 'strict' });
    try {
      return await begin();
    } catch (error) {
      // Browsers drop connections at times (Safari in the background) without a close event.
      if ((error as { name?: unknown } | null)?.name !== 'InvalidStateError') throw error;
      this.#connection = null;
      return await begin();
    }
  }

  #connected(): Promise<IDBDatabase> {
    if (this.#over) return Promise.reject(this.#over);
    const opening = (this.#connection ??= this.#open());
    opening.catch(() => {
      if (this.#connection === opening) this.#connection = null;
    });
    return opening;
  }

  #open(): Promise<IDBDatabase> {
    const steps = this.#options.upgrades ?? upgrades;
    return new Promise((resolve, reject) => {
      const factory = this.#options.factory ?? (globalThis as { indexedDB?: IDBFactory }).indexedDB;
      if (!factory)
        throw new StoreError('unavailable', 'this browser offers the page no database to keep runs in');
      const request = openRequest(factory, this.name, steps.length);
      let timer: ReturnType<typeof setTimeout> | undefined;
      let givenUp = false;
      let isNew = false;
      let upgrading: IDBTransaction | null = null;
      let upgradeFailed: unknown = null;
      request.onupgradeneeded = (event) => {
        isNew = event.oldVersion === 0;
        upgrading = request.transaction;
        if (!upgrading) return;
        try {
          for (const step of steps.slice(event.oldVersion)) step(request.result, upgrading);
        } catch (error) {
          upgradeFailed = error;
          upgrading.abort();
        }
      };
      request.onblocked = () => {
        // Tabs of ours close their connection when asked, so most blocks pass by themselves.
        timer = setTimeout(() => {
          givenUp = true;
          reject(
            new StoreError(
              'blocked',
              'another tab holds an older version of the database open; close the other tabs of this page',
            ),
          );
        }, this.#options.blockedAfter ?? 5000);
      };
      request.onerror = () => {
        clearTimeout(timer);
        reject(
          upgrading
            ? // Its own error only says that it was aborted.
              upgradeError(upgradeFailed ?? upgrading.error ?? request.error)
            : asStoreError(request.error, 'could not open the database'),
        );
      };
      request.onsuccess = () => {
        clearTimeout(timer);
        if (givenUp || this.#over) {
          request.result.close();
          reject(this.#over ?? new StoreError('blocked', 'the database opened too late'));
          return;
        }
        this.#watch(request.result);
        resolve(request.result);
        if (this.#wasOpen && isNew) this.onDeleted();
        this.#wasOpen = true;
      };
    });
  }

  #watch(database: IDBDatabase): void {
    database.onclose = () => {
      this.#connection = null;
      this.#openAgain();
    };
    database.onversionchange = (event) => {
      database.close();
      this.#connection = null;
      // A null version is a deletion (site data cleared): starting over is right. Else a newer page wants in.
      if (event.newVersion !== null)
        this.#over = new StoreError(
          'closed',
          'a newer version of this page was opened in another tab; reload this one',
        );
      else this.#openAgain();
    };
  }

  /** Not only at the next use: that nothing is kept any more is to be known soon. */
  #openAgain(): void {
    this.open().catch(() => undefined);
  }
}

/** All steps are one transaction, so that nothing of them stays. */
function upgradeError(why: unknown): StoreError {
  const { message } = asStoreError(why, 'the database could not be brought to this version of the page');
  return new StoreError(
    'upgrade',
    `${message}. What it holds is as it was: free some disk if it is full, close the other tabs of this page, then reload`,
    {},
    { cause: why },
  );
}

/** Opening throws, rather than fails later, where site data is blocked. */
function openRequest(factory: IDBFactory, name: string, version: number): IDBOpenDBRequest {
  try {
    return factory.open(name, version);
  } catch (error) {
    throw asStoreError(error, 'could not open the database');
  }
}
