/** How long a step of a stage takes: the median of the latest, so that a machine that halts now and then is not in it. */

/** Steps behind the median. */
const MOST = 101;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [Math.floor, Math.ceil].map((half) => sorted[half((sorted.length - 1) / 2)] ?? 0);
  return ((low ?? 0) + (high ?? 0)) / 2;
}

export class StepTimes {
  private latest: number[] = [];
  private begun = false;

  /** Whether a step was made in this session: the first compiles. */
  get any(): boolean {
    return this.begun;
  }

  /** @returns the median in seconds with this step; null for the first of the session, which counts for nothing */
  add(seconds: number): number | null {
    if (!this.begun) {
      this.begun = true;
      return null;
    }
    this.latest = [...this.latest.slice(1 - MOST), seconds];
    return median(this.latest);
  }

  /** Another stage's steps take another time. */
  forget(): void {
    this.latest = [];
  }
}
