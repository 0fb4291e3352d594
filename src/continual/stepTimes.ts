/** How long a step of a stage takes: the median of the latest, so that a machine that halts now and then is not in it. */
import { quantile } from '../run/statistics';

/** Steps behind the median. */
const MOST = 101;

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
    const sorted = [...this.latest].sort((a, b) => a - b);
    return quantile(sorted, 0.5);
  }

  /** Another stage's steps take another time. */
  forget(): void {
    this.latest = [];
  }
}
