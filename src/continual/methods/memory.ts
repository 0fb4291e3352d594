/** Examples of earlier tasks that a method keeps to train on again. */
import { draw, shuffled, streamKey } from '../../engine/random';
import type { TokenizedExample } from '../../engine/types';
import type { MethodConfig } from '../../run/methods';
import type { StepContext } from '../method';
import { METHOD_DRAWS } from '../mixture';

/** What a draw is for, so that no two share their numbers. */
export const DRAWS = { reservoir: 1, replay: 2, second: 3, fisher: 4, labels: 5, mixing: 6 } as const;

/**
 * An example by its task's stage and its row in the training part. Stages count from 1; the rehearsed tasks, which
 * come before them, are −1, −2 and so on.
 */
export interface Kept {
  stage: number;
  row: number;
}

/**
 * The place in a reservoir of `capacity` for the example number `index` of a stream, or null when it is passed
 * over: every example that has gone by is kept with the same probability.
 * @see Vitter 1985, algorithm R
 */
export function reservoirPlace(index: number, capacity: number, seed: number, stream: number): number | null {
  if (index < capacity) return index;
  const key = streamKey(seed, METHOD_DRAWS, DRAWS.reservoir, stream);
  const place = Math.floor((draw(key, index) / 2 ** 32) * (index + 1));
  return place < capacity ? place : null;
}

/** `count` different ones of 0..n−1, all of them when there are no more. */
export function drawn(n: number, count: number, seed: number, ...counters: number[]): number[] {
  return [...shuffled(n, seed, METHOD_DRAWS, ...counters).subarray(0, count)];
}

/** Every row of the rehearsed tasks, in the order in which a memory is offered them. */
export function* rehearsedRows(rehearsed: StepContext['rehearsed']): Generator<{ item: Kept; of: number }> {
  for (const [i, { task, order }] of rehearsed.entries()) {
    const of = task.train.length;
    for (const row of order.rows(0, of)) yield { item: { stage: -1 - i, row }, of };
  }
}

export type MemorySettings = Pick<
  MethodConfig & { name: 'replay' },
  'memory' | 'count' | 'share' | 'capacity'
>;

/**
 * A memory filled from the examples as they are trained on, each offered once: so many of each task, or a reservoir
 * over all. All rows of rehearsed tasks are offered before the first step. It is a pure function of the plan's orders, so a resumed run builds it anew and keeps no state of it.
 */
export class Memory {
  /** By stream: a stage or rehearsed task, or 0 for the reservoir over all. */
  private readonly kept = new Map<number, Kept[]>();
  private readonly offered = new Map<number, number>();
  /** How far the plan has been followed. */
  private begun = false;
  private stage = 1;
  private position = 0;

  constructor(private readonly settings: MemorySettings) {}

  /** What is kept of stages before this one. */
  earlier(context: StepContext): Kept[] {
    this.catchUp(context);
    return [...this.kept.values()].flat().filter((item) => item.stage < context.stage);
  }

  /** Offers what has been trained on since it was last called. */
  private catchUp(context: StepContext): void {
    if (!this.begun)
      for (const { item, of } of rehearsedRows(context.rehearsed)) this.offer(item, of, context.seed);
    this.begun = true;
    for (;;) {
      const data = context.stages[this.stage - 1];
      if (!data) throw new RangeError(`the plan has no stage ${this.stage}`);
      const steps = this.stage < context.stage ? data.steps : context.step;
      const rows = data.task.train.length;
      // Later epochs bring nothing new.
      const end = Math.min(steps * context.batchSize, rows);
      for (; this.position < end; this.position++) {
        const [row] = data.order.rows(this.position, 1) as [number];
        this.offer({ stage: this.stage, row }, rows, context.seed);
      }
      if (this.stage === context.stage) return;
      this.stage++;
      this.position = 0;
    }
  }

  private offer(item: Kept, rows: number, seed: number): void {
    const { memory, count, share, capacity } = this.settings;
    const stream = memory === 'reservoir' ? 0 : item.stage;
    const size = memory === 'reservoir' ? capacity : memory === 'count' ? count : Math.round(share * rows);
    const index = this.offered.get(stream) ?? 0;
    this.offered.set(stream, index + 1);
    const place = reservoirPlace(index, size, seed, stream);
    if (place === null) return;
    const kept = this.kept.get(stream) ?? [];
    kept[place] = item;
    this.kept.set(stream, kept);
  }
}

/** The examples that items stand for. */
export function examplesOf(
  items: readonly Kept[],
  { stages, rehearsed }: Pick<StepContext, 'stages' | 'rehearsed'>,
): TokenizedExample[] {
  return items.map(({ stage, row }) => {
    const data = stage > 0 ? stages[stage - 1] : rehearsed[-1 - stage];
    return data?.task.train[row] as TokenizedExample;
  });
}
