/** Gathers news of the store, which come in bursts while a run goes on, into few readings. */
import type { StoreChange } from '../../store/store';

const GATHER_MS = 250;

export class Changes {
  private readonly runs = new Set<string>();
  private folders = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param act called with the ids of the runs that changed, and whether folders did */
  constructor(private readonly act: (runIds: string[], folders: boolean) => void) {}

  note(change: StoreChange): void {
    if (change.of === 'runs') this.runs.add(change.id);
    else this.folders = true;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const ids = [...this.runs];
      const { folders } = this;
      this.runs.clear();
      this.folders = false;
      this.act(ids, folders);
    }, GATHER_MS);
  }
}
