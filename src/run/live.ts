/**
 * Which runs a worker holds at this moment, in any tab. A worker holds a Web Lock for its run, which falls the
 * moment the worker or its tab dies; a record that still says "running" then belongs to an interrupted run.
 */
import type { RunResult } from './result';

const prefix = 'lethe/run/';
/** What whoever works on a study holds in the place of a run; the ids of the study's runs begin with it. */
export const studyLock = (studyId: string): string => `study.${studyId}`;
/** One worker trains at a time, whatever the run: two would share a device, and neither get on. */
const TRAINER = 'lethe/trainer';

/** Absent on insecure origins and in Node. */
function browserLocks(): LockManager | undefined {
  return (globalThis.navigator as Navigator | undefined)?.locks;
}

/** How long a lock is waited for: that of a worker which has just been ended falls a moment later. */
const PATIENCE_MS = 1500;

/**
 * Holds a run until the returned function is called.
 * @param patience milliseconds that its lock is waited for
 * @returns null when another worker holds it; where there are no Web Locks, nobody is known to
 */
export function holdRun(
  runId: string,
  locks = browserLocks(),
  patience = PATIENCE_MS,
): Promise<(() => void) | null> {
  return hold(prefix + runId, locks, patience);
}

/**
 * Holds a run that is to be trained, and the one place for training that all tabs share.
 * @returns what is held by another worker where that is so
 */
export async function holdTraining(
  runId: string,
  locks = browserLocks(),
  patience = PATIENCE_MS,
): Promise<(() => void) | 'run' | 'trainer'> {
  const run = await hold(prefix + runId, locks, patience);
  if (!run) return 'run';
  const trainer = await hold(TRAINER, locks, patience);
  if (!trainer) {
    run();
    return 'trainer';
  }
  return () => {
    trainer();
    run();
  };
}

async function hold(
  name: string,
  locks: LockManager | undefined,
  patience: number,
): Promise<(() => void) | null> {
  if (!locks) return () => undefined;
  return new Promise((resolve, reject) => {
    const given = new AbortController();
    const timer = setTimeout(() => given.abort(), patience);
    locks
      .request(name, { signal: given.signal }, () => {
        clearTimeout(timer);
        return new Promise<void>((letGo) => resolve(() => letGo()));
      })
      .catch((error: unknown) => {
        clearTimeout(timer);
        if (given.signal.aborted) resolve(null);
        else reject(error instanceof Error ? error : new Error(String(error)));
      });
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
