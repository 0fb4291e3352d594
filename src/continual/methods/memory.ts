/** Examples of earlier tasks that a method keeps to train on again. */
import { draw, shuffled, streamKey } from '../../engine/random';
import type { TokenizedExample } from '../../engine/types';
import type { MethodConfig } from '../../run/methods';
import type { StageContext, StepContext } from '../method';
import { METHOD_DRAWS } from '../mixture';
import type { StageData } from '../stageData';

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

/** What items are looked up in. */
type Origins = Pick<StageContext, 'stages' | 'rehearsed'>;

/** The stage that an item is of, or the rehearsed task. */
const originOf = ({ stage }: Kept, { stages, rehearsed }: Origins): StageData | undefined =>
  stage > 0 ? stages[stage - 1] : rehearsed[-1 - stage];

/** Every row of the rehearsed tasks, in the order in which a memory is offered them. */
export function* rehearsedRows(rehearsed: Origins['rehearsed']): Generator<Kept> {
  for (const [i, { task, order }] of rehearsed.entries())
    for (const row of order.rows(0, task.train.length)) yield { stage: -1 - i, row };
}

/**
 * The rows that a stage trains on, each once and in its order: later epochs bring nothing new.
 * @param steps of the stage, all by default
 * @param from rows to pass over
 */
export function* trainedRows(
  { stages, batchSize }: Pick<StageContext, 'stages' | 'batchSize'>,
  stage: number,
  steps = stages[stage - 1]?.steps ?? 0,
  from = 0,
): Generator<Kept> {
  const data = stages[stage - 1];
  if (!data) throw new RangeError(`the plan has no stage ${stage}`);
  const end = Math.min(steps * batchSize, data.task.train.length);
  for (const row of data.order.rows(from, Math.max(0, end - from))) yield { stage, row };
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
    if (!this.begun) for (const item of rehearsedRows(context.rehearsed)) this.offer(item, context);
    this.begun = true;
    for (;;) {
      const steps = this.stage < context.stage ? undefined : context.step;
      for (const item of trainedRows(context, this.stage, steps, this.position)) {
        this.offer(item, context);
        this.position++;
      }
      if (this.stage === context.stage) return;
      this.stage++;
      this.position = 0;
    }
  }

  private offer(item: Kept, context: StepContext): void {
    const { memory, count, share, capacity } = this.settings;
    const { seed } = context;
    const rows = originOf(item, context)?.task.train.length ?? 0;
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
export function examplesOf(items: readonly Kept[], origins: Origins): TokenizedExample[] {
  return items.map((item) => originOf(item, origins)?.task.train[item.row] as TokenizedExample);
}
