/** Gathers news of the store, which come in bursts while a run goes on, into few readings. */
import type { StoreChange } from '../../store/store';

const GATHER_MS = 250;

export class Changes {
  private readonly runs = new Set<string>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param act called with the ids of the runs that changed; of folders it is enough that some did */
  constructor(private readonly act: (runIds: string[]) => void) {}

  note(change: StoreChange): void {
    if (change.of === 'runs') this.runs.add(change.id);
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const ids = [...this.runs];
      this.runs.clear();
      this.act(ids);
    }, GATHER_MS);
  }
}
