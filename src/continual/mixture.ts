/** Training on several tasks at once: how often each is due, and in which order their examples come. */
import { draw, streamKey, type StreamKey } from '../engine/random';
import type { MixingSettings } from '../run/methods';
import type { RowOrder } from './order';

/**
 * How often each task is due: in proportion to its rows, to min(rows, cap), or to min(rows, cap)^(1/temperature).
 * @param sizes rows of each task, at least 1
 * @returns rates that sum to 1
 * @see Raffel et al. 2020, 3.5.2; Wei et al. 2022 for the cap of 3,000
 */
export function mixingRates(sizes: readonly number[], s: MixingSettings): number[] {
  const weights = sizes.map((size) => {
    if (s.mixing === 'proportional') return size;
    const capped = Math.min(size, s.cap);
    return s.mixing === 'capped' ? capped : capped ** (1 / s.temperature);
  });
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}

/**
 * Rows of several tasks laid end to end, in an order in which each place goes to a task drawn by its rate, and to
 * the next row of that task's own order.
 */
export class MixtureOrder implements RowOrder {
  private position = 0;
  private taken: number[];

  /**
   * @param members each task's order, and where its rows begin among all
   * @param rates of the same length, with sum 1
   */
  constructor(
    private readonly members: readonly { order: RowOrder; offset: number }[],
    private readonly rates: readonly number[],
    private readonly key: StreamKey,
  ) {
    this.taken = members.map(() => 0);
  }

  rows(from: number, count: number): number[] {
    if (from < this.position) {
      // How far each task has come is known only from the beginning.
      this.position = 0;
      this.taken = this.members.map(() => 0);
    }
    while (this.position < from) this.next();
    return Array.from({ length: count }, () => {
      const { member, place } = this.next();
      const { order, offset } = this.members[member] as (typeof this.members)[number];
      return offset + (order.rows(place, 1)[0] as number);
    });
  }

  private next(): { member: number; place: number } {
    const drawn = draw(this.key, this.position++) / 2 ** 32;
    let sum = 0;
    let member = this.rates.findIndex((rate) => (sum += rate) > drawn);
    // Rates may sum to a little less than 1.
    if (member < 0) member = this.rates.length - 1;
    const place = this.taken[member] ?? 0;
    this.taken[member] = place + 1;
    return { member, place };
  }
}

/** Old rows in a batch of multi-task continuation, over many batches; at least one of each is new. */
export const oldRows = (share: number, batchSize: number): number =>
  Math.min(batchSize - 1, share * batchSize);

/** What the keys of methods' own draws begin with, so that they meet no draw of the order or of dropout. */
export const METHOD_DRAWS = 0x6d657468;

/** The order of joint training over tasks with so many rows each, laid end to end. */
export function jointOrder(
  orders: readonly RowOrder[],
  sizes: readonly number[],
  settings: MixingSettings,
  seed: number,
  ...counters: number[]
): RowOrder {
  let offset = 0;
  const members = orders.map((order, i) => {
    const member = { order, offset };
    offset += sizes[i] ?? 0;
    return member;
  });
  return new MixtureOrder(members, mixingRates(sizes, settings), streamKey(seed, METHOD_DRAWS, ...counters));
}
