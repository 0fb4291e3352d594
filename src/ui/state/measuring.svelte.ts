/** Measurements of checkpoints, which the worker makes when they are asked for; one at a time. */
import type { Measurement } from '../../worker/protocol';
import type { Trainer } from '../ports';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';

export class Measuring {
  #now = $state.raw<{ runId: string; wanted: Measurement } | null>(null);

  constructor(
    private readonly trainer: () => Promise<Trainer>,
    private readonly library: Library,
    private readonly notices: Notices,
  ) {}

  /** What is being measured; its results come into the record one by one. */
  get now(): { runId: string; wanted: Measurement } | null {
    return this.#now;
  }

  /** Waits for the end, and says it when it fails. */
  async measure(runId: string, wanted: Measurement): Promise<void> {
    if (this.#now) return;
    this.#now = { runId, wanted };
    try {
      await this.notices.guard(async () => {
        this.library.noteRun(await (await this.trainer()).measure(runId, wanted));
      }, 'The checkpoints could not be measured');
    } finally {
      this.#now = null;
    }
  }

  stop(): void {
    void this.trainer().then((trainer) => trainer.stop());
  }
}
