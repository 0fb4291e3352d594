/** How fast a run goes and how long it will take, from the parts of it that were measured. */
import type { MeasuredWork } from '../continual/observer';

/** The speed is that of the steps of the last so many seconds. */
const WINDOW_SECONDS = 5;

class Rate {
  private amount = 0;
  private seconds = 0;

  add(amount: number, seconds: number): void {
    this.amount += amount;
    this.seconds += seconds;
  }

  /** Seconds for one; null before anything was measured. */
  get each(): number | null {
    return this.amount > 0 ? this.seconds / this.amount : null;
  }
}

export class Estimate {
  /** Seconds of the latest steps, the newest last. */
  private steps: number[] = [];
  private readonly rows = new Rate();
  private readonly rowsOf = new Map<string, Rate>();
  private readonly saves = new Rate();

  note(work: MeasuredWork): void {
    switch (work.kind) {
      case 'step':
        this.steps.push(work.seconds);
        this.dropOldSteps();
        break;
      case 'rows':
        this.rows.add(work.rows, work.seconds);
        this.rateOf(work.task).add(work.rows, work.seconds);
        break;
      case 'save':
        this.saves.add(1, work.seconds);
    }
  }

  /** Null until two steps are measured. */
  get stepsPerSecond(): number | null {
    const seconds = this.steps.reduce((sum, s) => sum + s, 0);
    return this.steps.length < 2 || seconds === 0 ? null : this.steps.length / seconds;
  }

  /**
   * @param rows still to be scored, task by task
   * @param saves checkpoints still to be kept
   * @returns null while a kind of work that is still to come was never measured
   */
  secondsLeft(steps: number, rows: ReadonlyMap<string, number>, saves: number): number | null {
    const speed = this.stepsPerSecond;
    if (steps > 0 && speed === null) return null;
    let seconds = speed === null ? 0 : steps / speed;
    for (const [task, count] of rows) {
      const each = this.rowsOf.get(task)?.each ?? this.rows.each;
      if (count > 0 && each === null) return null;
      seconds += count * (each ?? 0);
    }
    return seconds + saves * (this.saves.each ?? 0);
  }

  private rateOf(task: string): Rate {
    const known = this.rowsOf.get(task);
    if (known) return known;
    const rate = new Rate();
    this.rowsOf.set(task, rate);
    return rate;
  }

  /** Keeps at least two steps, however slow. */
  private dropOldSteps(): void {
    let seconds = 0;
    let from = this.steps.length;
    while (from > 0 && (seconds < WINDOW_SECONDS || this.steps.length - from < 2)) {
      seconds += this.steps[--from] ?? 0;
    }
    this.steps = this.steps.slice(from);
  }
}
