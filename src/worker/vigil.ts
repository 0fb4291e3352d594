/** Notices a worker that is gone without a word: its lock on the run falls the moment it ends. */
import { heldRuns } from '../run/live';

export interface VigilOptions {
  /** Ids of the runs that a worker holds; null where nobody can say. */
  held?: () => Promise<ReadonlySet<string> | null>;
  /** Calls back again and again until the returned function is called. */
  every?: (call: () => void) => () => void;
}

const LOOK_MS = 1000;

export class Vigil {
  private readonly held: NonNullable<VigilOptions['held']>;
  private readonly every: NonNullable<VigilOptions['every']>;
  private end: (() => void) | null = null;
  private missed = false;

  /** @param gone called once, when two looks in a row find nobody who holds the run */
  constructor(
    private readonly gone: () => void,
    { held = heldRuns, every = interval }: VigilOptions = {},
  ) {
    this.held = held;
    this.every = every;
  }

  watch(runId: string): void {
    this.rest();
    this.missed = false;
    const end = this.every(() => void this.look(runId, end));
    this.end = end;
  }

  rest(): void {
    this.end?.();
    this.end = null;
  }

  private async look(runId: string, watch: () => void): Promise<void> {
    const held = await this.held().catch(() => null);
    // It may have ended as it should, or another watch begun, while the browser was asked.
    if (this.end !== watch || held === null) return;
    if (held.has(runId)) this.missed = false;
    else if (!this.missed) this.missed = true;
    else {
      this.rest();
      this.gone();
    }
  }
}

function interval(call: () => void): () => void {
  const timer = setInterval(call, LOOK_MS);
  return () => clearInterval(timer);
}
