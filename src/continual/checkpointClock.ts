/** A checkpoint may take at most this share of the time. */
const LARGEST_SHARE = 0.05;

/** Says when a checkpoint within a stage is due: after a while of training, seldom enough to cost little. */
export class CheckpointClock {
  private last: number;
  private cost = 0;
  private unsaved = false;

  /**
   * @param least seconds between two checkpoints: with the step under way and the writing itself, what a resume
   * repeats stays below half a minute
   */
  constructor(
    private readonly now: () => number,
    private readonly least = 25,
  ) {
    this.last = now();
  }

  /** The weights are no longer those of the last checkpoint. */
  changed(): void {
    this.unsaved = true;
  }

  /** @param seconds that saving took */
  saved(seconds: number): void {
    this.unsaved = false;
    this.cost = seconds;
    this.last = this.now();
  }

  get dirty(): boolean {
    return this.unsaved;
  }

  get due(): boolean {
    return this.unsaved && this.now() - this.last >= Math.max(this.least, this.cost / LARGEST_SHARE);
  }
}
