/** Runs, checkpoints, models and datasets, kept in this browser. Nothing else opens a database. */
import { Database, type Upgrade } from './database';
import { Folders } from './folders';
import { Leases } from './leases';
import { Runs } from './runs';
import { Studies } from './studies';
import { sweep } from './sweep';
import { Tabs, type StoreChange } from './tabs';

export { StoreError, type StoreErrorCode, type StorePlace } from './errors';
export { checkpointFolder } from './runs';
export type { StoreChange } from './tabs';
export type { FileToKeep, FolderManifest, KeptFile } from './types';
export type { Folders, Runs, Studies };

export interface StoreOptions {
  /** Name of the database; tests and the lab use their own. */
  name?: string;
  factory?: IDBFactory;
  /** Bytes of a chunk, at most 8 MiB. */
  chunkBytes?: number;
  /** null for none; left out, the browser's own. */
  locks?: LockManager | null;
  upgrades?: Upgrade[];
  blockedAfter?: number;
}

export interface Usage {
  /** Bytes the browser counts for this page, or those of the folders where it does not say. */
  used: number;
  /** Bytes the page may use; null where the browser does not say. */
  quota: number | null;
  /** Bytes of the kept folders alone. */
  kept: number;
}

export class Store {
  readonly folders: Folders;
  readonly runs: Runs;
  readonly studies: Studies;
  /** Settles when the leftovers of unfinished writes are gone: how many there were. Never rejects. */
  readonly swept: Promise<number>;
  readonly #database: Database;
  readonly #tabs: Tabs;

  constructor(database: Database, options: StoreOptions) {
    this.#database = database;
    this.#tabs = new Tabs(database.name);
    const leases = new Leases(database, options.locks);
    this.folders = new Folders(
      database,
      leases,
      (id) => this.#tabs.announce({ of: 'folders', id }),
      options.chunkBytes,
    );
    this.runs = new Runs(database, (id) => this.#tabs.announce({ of: 'runs', id }));
    database.onDeleted = () => this.#tabs.announce({ of: 'all', id: '' });
    this.studies = new Studies(database, (id) => this.#tabs.announce({ of: 'studies', id }));
    // Leftovers only cost room, so nobody waits for this and a failure waits for the next opening.
    this.swept = sweep(database, leases).catch(() => 0);
  }

  async usage(): Promise<Usage> {
    const kept = (await this.folders.list()).reduce((sum, folder) => sum + folder.bytes, 0);
    const estimate = await storageManager()
      ?.estimate()
      .catch(() => undefined);
    return { used: estimate?.usage ?? kept, quota: estimate?.quota ?? null, kept };
  }

  /** Whether the browser has promised not to evict what is kept; null where it does not say. */
  async persisted(): Promise<boolean | null> {
    return (
      (await storageManager()
        ?.persisted()
        .catch(() => null)) ?? null
    );
  }

  /**
   * Asks the browser not to evict what is kept when the disk runs full. Firefox asks the person, so call it
   * when they have just asked for something to be kept.
   * @returns whether the data is safe from eviction now
   */
  async persist(): Promise<boolean> {
    const storage = storageManager();
    if (!storage) return false;
    try {
      return (await storage.persisted()) || (await storage.persist());
    } catch {
      return false;
    }
  }

  /**
   * Calls back after every change of runs, studies or folders, in whichever tab or worker it was made, and when everything was
   * deleted by somebody else.
   * @returns the function that stops it
   */
  onChange(listener: (change: StoreChange) => void): () => void {
    return this.#tabs.onChange(listener);
  }

  close(): void {
    this.#database.close();
    this.#tabs.close();
  }
}

/** Missing on insecure origins and in Node; `persist` is missing in workers of some browsers. */
function storageManager(): StorageManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.storage;
}

/**
 * Opens the store of this page.
 * @throws StoreError when the browser has no database for us, or another tab blocks it
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const database = new Database({
    name: options.name ?? 'lethe',
    factory: options.factory,
    ...(options.upgrades ? { upgrades: options.upgrades } : {}),
    ...(options.blockedAfter === undefined ? {} : { blockedAfter: options.blockedAfter }),
  });
  await database.open();
  return new Store(database, options);
}
