/** The first screen: a recorded run to look at, and what running it here would take. */
import type { RunConfig } from '../../run/config';
import type { DeviceInfo, RunResult } from '../../run/result';
import type { Tasks, Trainer } from '../ports';
import { secondsHere } from '../start/estimate';
import type { Notices } from './notices.svelte';

export class Welcome {
  #recorded = $state.raw<RunResult | null>(null);
  #speed = $state.raw<{ stepSeconds: number; device: DeviceInfo } | null>(null);
  #measuring = $state.raw(false);

  constructor(
    private readonly tasks: Tasks,
    private readonly trainer: () => Promise<Trainer>,
    private readonly notices: Notices,
  ) {}

  get recorded(): RunResult | null {
    return this.#recorded;
  }

  /** What this machine was found to compute on, once it was measured. */
  get device(): DeviceInfo | null {
    return this.#speed?.device ?? null;
  }

  get measuring(): boolean {
    return this.#measuring;
  }

  /** Seconds that the recorded run would take here; null until that is known. */
  get seconds(): number | null {
    return this.#recorded && this.#speed ? secondsHere(this.#recorded, this.#speed.stepSeconds) : null;
  }

  async open(): Promise<void> {
    if (this.#recorded) return;
    await this.notices.guard(async () => {
      this.#recorded = await this.tasks.recorded();
    }, 'The recorded run could not be read');
  }

  /** Times a few steps of the same shapes; a machine that can't is told so when the run is started. */
  async measure(config: RunConfig): Promise<void> {
    if (this.#measuring || this.#speed) return;
    this.#measuring = true;
    try {
      this.#speed = await (await this.trainer()).speed(config);
    } catch {
      // The device is in use, or there is none: the page then names no time.
    } finally {
      this.#measuring = false;
    }
  }
}
