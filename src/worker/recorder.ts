import type { RunResult } from '../run/result';

interface Records {
  put(result: RunResult): Promise<void>;
}

/** Keeps the record of a run in the store while it changes: at most one write at a time, and not too often. */
export class Recorder {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly runs: Records,
    private readonly record: RunResult,
    private readonly everyMs = 2000,
  ) {}

  /** The record has changed: it is written before long. */
  changed(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      // What lasts will meet the next `write`, which somebody waits for.
      this.write().catch(() => undefined);
    }, this.everyMs);
  }

  /** Nothing is written of its own accord any more: whoever changes the record from here on has the say. */
  close(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /**
   * Writes now.
   * @throws whatever the store throws
   */
  async write(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing
      .catch(() => undefined)
      .then(() => {
        this.record.updatedAt = new Date().toISOString();
        return this.runs.put(this.record);
      });
    await this.writing;
  }
}
