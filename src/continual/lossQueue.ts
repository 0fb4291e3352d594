import type { MethodConfig } from '../run/methods';
import type { LossReading } from './learner';

/** A number that is none: training has diverged. */
export class DivergedError extends Error {
  constructor(
    /** The step, counted from 0 over the run; −1 for the model as it was loaded. */
    readonly step: number,
    readonly value: number,
    readonly what: 'loss' | 'weights' = 'loss',
  ) {
    super(`${what} of ${value} at step ${step + 1}`);
    this.name = 'DivergedError';
  }
}

/** Nats a token that no model at work comes to: chance over the largest vocabularies is about 13. */
const EXPLODED = 30;
/** A difference from kept logits, each of some tens, that no model at work comes to either. */
const LOGITS_APART = 30;
/** Steps in a row; a single batch may be odd. */
const IN_A_ROW = 8;

/** The loss of a step that no model at work comes to, with what a method adds to the cross-entropy by its own weights. */
export function explodedAbove(method: MethodConfig): number {
  if (method.name === 'lwf') return EXPLODED * (1 + method.lambda * method.temperature ** 2);
  if (method.name === 'der++') return EXPLODED * (1 + method.beta) + method.alpha * LOGITS_APART ** 2;
  return EXPLODED;
}

/** Notices losses that are numbers still, and mean nothing any more. */
export class ExplosionWatch {
  private above = 0;

  /** @param limit what a loss is not to exceed, as `explodedAbove` has it */
  constructor(private readonly limit: number) {}

  /** @throws DivergedError at the last of several losses in a row that are far above chance */
  note(step: number, loss: number): void {
    this.above = loss > this.limit ? this.above + 1 : 0;
    if (this.above >= IN_A_ROW) throw new DivergedError(step, loss);
  }
}

/**
 * Losses on their way from the device. Reading one at once would make the device wait for the host at every
 * step, so each is awaited only when `lag` newer steps are under way, which also keeps the host from running
 * further ahead than that.
 */
export class LossQueue {
  private waiting: { step: number; reading: LossReading }[] = [];

  constructor(
    /** Takes each loss in the order of the steps. */
    private readonly take: (step: number, loss: number) => void,
    private readonly lag = 4,
  ) {}

  async add(step: number, reading: LossReading): Promise<void> {
    this.waiting.push({ step, reading });
    if (this.waiting.length > this.lag) await this.readOldest();
  }

  /** Reads all that wait. */
  async flush(): Promise<void> {
    while (this.waiting.length > 0) await this.readOldest();
  }

  /** Frees all that wait, unread. */
  discard(): void {
    this.waiting.forEach(({ reading }) => reading.discard());
    this.waiting = [];
  }

  private async readOldest(): Promise<void> {
    const oldest = this.waiting.shift();
    if (!oldest) return;
    const loss = await oldest.reading.value();
    if (!Number.isFinite(loss)) throw new DivergedError(oldest.step, loss);
    this.take(oldest.step, loss);
  }
}
