/** Which checkpoint a run can go on from: one that is damaged is set aside by name and never used in silence. */
import { StoreError, checkpointFolder, type Store } from '../store/store';
import type { CheckpointMeta } from '../run/checkpoint';
import { checkpointsOf } from './checkpoints';

/**
 * The newest checkpoint of a run, every byte of it checked.
 * @param breathe called as the bytes are read; may wait, and throws to break off
 * @returns null when the run has none
 * @throws Error when it is damaged: it has been set aside, and the message says what the next try goes on from
 */
export async function soundCheckpoint(
  store: Store,
  runId: string,
  breathe: () => Promise<void>,
): Promise<CheckpointMeta | null> {
  const all = await checkpointsOf(store, runId);
  const last = all.at(-1);
  if (!last) return null;
  const folder = checkpointFolder(runId, last.checkpointId);
  try {
    await store.folders.verify(folder, breathe);
    return last;
  } catch (error) {
    if (!(error instanceof StoreError) || (error.code !== 'missing' && error.code !== 'corrupt')) throw error;
    await store.folders.setAside(folder, error.message);
    const before = all.at(-2);
    throw new Error(
      `The checkpoint at step ${last.step} is damaged and was set aside (${error.message}). ` +
        (before
          ? `Continue once more to go on from the one before it, at step ${before.step}.`
          : 'No other is kept: continue once more to begin the run again.'),
      { cause: error },
    );
  }
}
