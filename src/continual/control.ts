/** Pausing and stopping a run from outside, between two pieces of its work. */

/** Thrown out of the middle of work that was asked to stop; never shown to a person. */
export class StopSignal extends Error {
  /**
   * @param whole whether weights, optimiser and method belong to the record as it stands, so that a checkpoint may be
   * kept of them; in the middle of a step, or of what a method does between stages, they do not
   */
  constructor(readonly whole = true) {
    super('the run was asked to stop');
    this.name = 'StopSignal';
  }
}

export class RunControl {
  private wanted: 'run' | 'pause' | 'stop' = 'run';
  private wake: (() => void) | null = null;

  pause(): void {
    if (this.wanted === 'run') this.wanted = 'pause';
  }

  continue(): void {
    if (this.wanted === 'pause') this.set('run');
  }

  /** For good: a stopped run cannot be continued, only resumed from its checkpoint. */
  stop(): void {
    this.set('stop');
  }

  get pausing(): boolean {
    return this.wanted === 'pause';
  }

  get stopping(): boolean {
    return this.wanted === 'stop';
  }

  /** Resolves once a pause is over, by `continue` or by `stop`. */
  async untilWanted(): Promise<void> {
    while (this.pausing) await new Promise<void>((resolve) => (this.wake = resolve));
  }

  private set(wanted: 'run' | 'stop'): void {
    this.wanted = wanted;
    this.wake?.();
    this.wake = null;
  }
}
