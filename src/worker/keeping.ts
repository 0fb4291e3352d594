/** What happens when the store refuses: nothing that was trained is thrown away because there is no room for it. */
import { type RunControl, StopSignal } from '../continual/control';
import type { RunResult } from '../run/result';
import { StoreError } from '../store/store';
import type { Reporter } from './reporter';

interface GoingRun {
  record: RunResult;
  control: RunControl;
  reporter: Pick<Reporter, 'phase' | 'send' | 'continued'>;
}

/**
 * Keeps something of a run. While the store refuses (no room, a database that was closed), the run rests with its
 * weights on the device and says why; when the person continues it, it tries again. What was kept before stands.
 * @param what begins the sentence that the person reads: "The checkpoint at step 12"
 * @param keep may be called again
 * @throws StopSignal when the run is stopped while it rests; the StoreError itself when it was stopping already
 */
export async function untilKept(what: string, keep: () => Promise<void>, run: GoingRun): Promise<void> {
  const { record, control, reporter } = run;
  let rested = false;
  for (;;) {
    try {
      await keep();
      break;
    } catch (error) {
      if (!(error instanceof StoreError) || control.stopping) throw error;
      rested = true;
      control.pause();
      const message =
        `${what} could not be kept: ${error.message}. What was kept before is untouched, and nothing
        is lost while this page stays open: mend it, then continue.`.replace(/\s+/g, ' ');
      record.status = 'paused';
      record.error = message;
      reporter.send({ type: 'trouble', runId: record.id, message });
      reporter.phase('paused');
      await control.untilWanted();
      delete record.error;
      // Changed while it rested, which the compiler does not see.
      if ((control as { stopping: boolean }).stopping) throw new StopSignal();
      record.status = 'running';
    }
  }
  if (rested) reporter.continued();
}
