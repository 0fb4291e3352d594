/** Notices a trainer that no longer says anything: a stalled GPU, or a step that never ends. */

export interface WatchdogOptions {
  /** Silence of a going run that is never called a stall, in seconds. */
  patience?: number;
  /** Seconds, from any start. */
  now?: () => number;
  /** Calls back again and again until the returned function is called. */
  every?: (seconds: number, call: () => void) => () => void;
}

/** Seconds between two looks. */
const LOOK = 5;
/** A silence counts as a stall when it is so many times as long as the longest that ended well. */
const TIMES_LONGEST = 10;

/**
 * A run is watched from `watch` to `rest`. Slow machines are silent for long and no stall: the longest silence that
 * ended by itself sets the measure. Two looks in a row must find the silence too long, since after the sleep of a
 * laptop the first one comes before the messages that waited.
 */
export class Watchdog {
  private readonly patience: number;
  private readonly now: () => number;
  private readonly every: NonNullable<WatchdogOptions['every']>;
  private end: (() => void) | null = null;
  private heardAt = 0;
  private longest = 0;
  private suspicious = false;
  private told = false;

  /** @param stalled called once for a silence, with its seconds so far */
  constructor(
    private readonly stalled: (seconds: number) => void,
    { patience = 90, now = () => performance.now() / 1000, every = interval }: WatchdogOptions = {},
  ) {
    this.patience = patience;
    this.now = now;
    this.every = every;
  }

  /** Begins to watch, or goes on after a pause. */
  watch(): void {
    this.heardAt = this.now();
    this.suspicious = this.told = false;
    this.end ??= this.every(LOOK, () => this.look());
  }

  /** The trainer said something. */
  heard(): void {
    if (!this.end) return;
    const now = this.now();
    this.longest = Math.max(this.longest, now - this.heardAt);
    this.heardAt = now;
    this.suspicious = this.told = false;
  }

  /** Nothing need be said from here on: the run is paused or over. */
  rest(): void {
    this.end?.();
    this.end = null;
  }

  private look(): void {
    const silence = this.now() - this.heardAt;
    if (this.told || silence < Math.max(this.patience, TIMES_LONGEST * this.longest)) return;
    if (!this.suspicious) {
      this.suspicious = true;
      return;
    }
    this.told = true;
    this.stalled(silence);
  }
}

function interval(seconds: number, call: () => void): () => void {
  const timer = setInterval(call, 1000 * seconds);
  return () => clearInterval(timer);
}
