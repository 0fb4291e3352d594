/** Whether the browser has room for what a run will keep, before its first step. */
import { inBytes } from '../engine/preflight';
import type { RunResult } from '../run/result';
import type { Store } from '../store/store';

/**
 * Bytes of the checkpoints still to come: one with the weights at the end of each stage, and one within a stage that
 * has the optimiser's two moments too.
 */
export function bytesToKeep({ parameters, bands, matrix, cost }: RunResult): number {
  const stagesLeft = bands.length - Math.max(0, matrix.length - 1);
  const trained = cost?.trainedParameters ?? parameters;
  return 4 * parameters * (stagesLeft + 1) + 8 * trained;
}

/** @throws Error with the numbers where the browser says that there is too little room */
export async function checkRoom(store: Pick<Store, 'usage'>, record: RunResult): Promise<void> {
  const { used, quota } = await store.usage();
  if (quota === null) return;
  const needed = bytesToKeep(record);
  const left = Math.max(0, quota - used);
  if (needed <= left) return;
  throw new Error(
    `The checkpoints of this run take about ${inBytes(needed)}, and this browser has ${inBytes(left)} left for the page. Delete runs or models on the shelf, or free some disk, then start it again.`,
  );
}
