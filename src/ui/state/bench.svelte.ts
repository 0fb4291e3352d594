/** The run that this page's worker holds, followed event by event. */
import type { RunConfig } from '../../run/config';
import type { RunResult } from '../../run/result';
import type { Event, Progress } from '../../worker/protocol';
import type { Services, Trainer } from '../ports';
import { newRunId } from '../run/ids';
import { announcement, STATUS_TURNS } from '../run/progress';
import { applyEvent, isGoing } from '../run/reduce';
import type { Library } from './library.svelte';
import type { Notices } from './notices.svelte';

/** Events are gathered this long and drawn at once, so that a fast run does not redraw for each step. */
const GATHER_MS = 120;

export class Bench {
  #going = $state.raw<RunResult | null>(null);
  #progress = $state.raw<Progress | null>(null);
  #busy = $state.raw(false);
  #queue: Event[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #trainer: Promise<Trainer> | null = null;
  /** The notice that the trainer is silent. */
  #stall: number | null = null;

  constructor(
    private readonly services: Services,
    private readonly library: Library,
    private readonly notices: Notices,
  ) {}

  /** The run in progress or paused, null when the worker rests. */
  get going(): RunResult | null {
    return this.#going;
  }

  get progress(): Progress | null {
    return this.#progress;
  }

  /** Between the press of a button and the worker's answer. */
  get busy(): boolean {
    return this.#busy;
  }

  /** The newest state of a run, going or kept. */
  find(id: string): RunResult | undefined {
    return this.#going?.id === id ? this.#going : this.library.run(id);
  }

  /** The worker starts with the first call. */
  trainer(): Promise<Trainer> {
    this.#trainer ??= this.services.trainer().then(
      (trainer) => {
        trainer.onEvent((event) => this.#receive(event));
        return trainer;
      },
      (error: unknown) => {
        this.#trainer = null;
        throw error;
      },
    );
    return this.#trainer;
  }

  /** @throws Error when a run is going already, or the worker refuses */
  start(config: RunConfig, runId = newRunId()): Promise<string> {
    return this.#begin((trainer) => trainer.start(runId, config));
  }

  /** Goes on from the run's last checkpoint. */
  resume(runId: string): Promise<string> {
    return this.#begin((trainer) => trainer.resume(runId));
  }

  pause(): void {
    void this.trainer().then((trainer) => trainer.pause());
  }

  continue(): void {
    void this.trainer().then((trainer) => trainer.continue());
  }

  stop(): void {
    void this.trainer().then((trainer) => trainer.stop());
  }

  async #begin(command: (trainer: Trainer) => Promise<RunResult>): Promise<string> {
    if (this.#busy || this.#going) throw new Error('A run is going already; stop it first.');
    this.#busy = true;
    try {
      const result = await command(await this.trainer());
      this.#going = result;
      this.#progress = null;
      this.library.noteRun(result);
      this.notices.say(`Started: ${result.name}.`);
      // What the worker said about it before its answer was worked off here.
      this.#flush();
      return result.id;
    } finally {
      this.#busy = false;
    }
  }

  #receive(event: Event): void {
    this.#queue.push(event);
    if (event.type === 'ended' || event.type === 'trouble') this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    // Events of a run whose start is still being answered wait for it.
    if (!this.#going) return;
    const events = this.#queue;
    this.#queue = [];
    let result = this.#going;
    let progress = this.#progress;
    for (const event of events) {
      const sentence = announcement(result, event);
      if (sentence !== null) this.notices.say(sentence);
      if (event.type === 'progress' && event.runId === result.id) progress = event.progress;
      result = applyEvent(result, event);
      if ('runId' in event && event.runId === result.id) {
        // Whatever it says, it is silent no more.
        this.#hideStall();
        if (event.type === 'stalled') this.#showStall(event.seconds);
      }
      if (event.type === 'trouble' && event.runId === result.id)
        this.notices.show('error', '', { why: [event.message] });
      if (event.type === 'ended' && event.runId === result.id && event.error !== undefined)
        this.notices.show('error', STATUS_TURNS[event.status], { why: [event.error] });
    }
    if (isGoing(result)) {
      this.#going = result;
      this.#progress = progress;
    } else {
      this.#going = null;
      this.#progress = null;
      this.library.noteRun(result);
    }
  }

  #showStall(seconds: number): void {
    const end = () => {
      this.#hideStall();
      void this.trainer().then((trainer) => trainer.terminate());
    };
    this.#stall = this.notices.show(
      'error',
      `The trainer has said nothing for ${Math.round(seconds)} seconds. The GPU may have stalled. What was trained up to the last checkpoint is kept.`,
      { action: { label: 'End it', run: end } },
    );
  }

  #hideStall(): void {
    if (this.#stall !== null) this.notices.dismiss(this.#stall);
    this.#stall = null;
  }
}
