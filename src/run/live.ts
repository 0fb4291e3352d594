/**
 * Which runs a worker holds at this moment, in any tab. A worker holds a Web Lock for its run, which falls the
 * moment the worker or its tab dies; a record that still says "running" then belongs to an interrupted run.
 */
import type { RunResult } from './result';

const prefix = 'lethe/run/';

/** Absent on insecure origins and in Node. */
function browserLocks(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks;
}

/**
 * Holds a run until the returned function is called.
 * @returns null when another worker holds it; where there are no Web Locks, nobody is known to
 */
export async function holdRun(runId: string, locks = browserLocks()): Promise<(() => void) | null> {
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    locks
      .request(prefix + runId, { ifAvailable: true }, (lock) => {
        if (!lock) {
          resolve(null);
          return;
        }
        return new Promise<void>((letGo) => resolve(() => letGo()));
      })
      .catch(reject);
  });
}

/** Ids of the runs that a worker holds, in this tab or another; null where the browser cannot say. */
export async function heldRuns(locks = browserLocks()): Promise<ReadonlySet<string> | null> {
  if (!locks) return null;
  const names = ((await locks.query()).held ?? []).map((lock) => lock.name ?? '');
  return new Set(names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)));
}

/**
 * A record as found in the store, with the status that is true now: running or paused without a worker that
 * holds it is interrupted.
 * @param held ids of the runs that a worker holds
 */
export function settled(result: RunResult, held: ReadonlySet<string>): RunResult {
  const going = result.status === 'running' || result.status === 'paused';
  return going && !held.has(result.id) ? { ...result, status: 'interrupted' } : result;
}
