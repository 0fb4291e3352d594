import { del, promisifyRequest, set } from 'idb-keyval';
import type { Database } from './database';
import { randomId } from './hash';

/** How long a lease lasts without being renewed; matters only where there are no Web Locks. */
const leaseMs = 60_000;

export interface LeaseRecord {
  /** Milliseconds since 1970. */
  until: number;
}

/**
 * Says that somebody is writing a generation of chunks, so that no other tab sweeps them away. Where there
 * are Web Locks (secure origins) the truth is a lock, which falls the moment the tab dies; elsewhere it is a
 * time in the database that the writer keeps pushing on.
 */
export interface Lease {
  /** First part of the key of every chunk of this write; never used twice. */
  generation: string;
  release(): Promise<void>;
}

export class Leases {
  readonly #database: Database;
  readonly #locks: LockManager | undefined;

  /** @param locks null for none, left out for the browser's own */
  constructor(database: Database, locks?: LockManager | null) {
    this.#database = database;
    const browser = (globalThis.navigator as Navigator | undefined)?.locks;
    this.#locks = locks === undefined ? browser : (locks ?? undefined);
  }

  async take(): Promise<Lease> {
    const generation = randomId();
    const unlock = await this.#lock(generation);
    const leases = this.#database.use('leases');
    const renew = () => set(generation, { until: Date.now() + leaseMs } satisfies LeaseRecord, leases);
    try {
      await renew();
    } catch (error) {
      unlock();
      throw error;
    }
    // A failing renewal is no reason to stop: the flip checks that every chunk is still there.
    const timer = setInterval(() => void renew().catch(() => undefined), leaseMs / 3);
    return {
      generation,
      release: async () => {
        clearInterval(timer);
        try {
          await del(generation, leases);
        } finally {
          unlock();
        }
      },
    };
  }

  /** Of the given generations, those that nobody is writing any more. Ask after having listed them. */
  async dead(generations: Iterable<string>, records: Map<string, LeaseRecord>): Promise<string[]> {
    const all = [...generations];
    if (!this.#locks) {
      const now = Date.now();
      const ends = (generation: string) => records.get(generation)?.until ?? 0;
      // No lease ends later than this but by a clock that was set back since. A writer that lives renews it; one
      // that does not would hold its chunks until that time comes again.
      const late = all.filter((generation) => ends(generation) > now + leaseMs);
      for (const generation of late) await this.#shorten(generation, now + leaseMs);
      return all.filter((generation) => ends(generation) < now);
    }
    const held = new Set((await this.#locks.query()).held?.map((lock) => lock.name));
    return all.filter((generation) => !held.has(this.#lockName(generation)));
  }

  /** Unless it was let go meanwhile. */
  async #shorten(generation: string, until: number): Promise<void> {
    await this.#database.transaction(['leases'], 'readwrite', async (store) => {
      const there = (await promisifyRequest(store('leases').get(generation))) as LeaseRecord | undefined;
      if (there && there.until > until) store('leases').put({ until } satisfies LeaseRecord, generation);
    });
  }

  #lockName(generation: string): string {
    return `${this.#database.name}/write/${generation}`;
  }

  /** Resolves once the lock is held, with the function that lets it go. */
  #lock(generation: string): Promise<() => void> {
    const locks = this.#locks;
    if (!locks) return Promise.resolve(() => undefined);
    return new Promise((resolve, reject) => {
      locks
        .request(this.#lockName(generation), () => new Promise<void>((letGo) => resolve(() => letGo())))
        .catch(reject);
    });
  }
}
