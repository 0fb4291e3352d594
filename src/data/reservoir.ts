/** Fair samples of what is too large to hold: the same file and seed give the same sample. */
import { seededHash } from './split';

const uniform = (i: number, seed: number): number => seededHash(String(i), seed) / 2 ** 32;

/** How heavy the items may be together that a reservoir keeps. */
export interface Load<T> {
  weigh: (item: T) => number;
  most: number;
}

/**
 * Keeps `size` of the items that pass, each of all with the same chance (Vitter's algorithm R), and fewer where they
 * would be too heavy together.
 * @see Vitter 1985, Random Sampling with a Reservoir
 */
export class Reservoir<T> {
  #kept: { item: T; order: number }[] = [];
  #size: number;
  #weight = 0;
  /** Items that have passed. */
  seen = 0;

  constructor(
    size: number,
    private readonly seed = 0,
    private readonly load: Load<T> | null = null,
  ) {
    this.#size = size;
  }

  /** The item is only made when it is kept. */
  offer(make: () => T): void {
    const order = this.seen;
    this.seen += 1;
    // A half of a fair sample, drawn fairly, is one too, and goes on as if it had never been larger.
    const slot = order < this.#size ? order : Math.floor(uniform(order, this.seed) * (order + 1));
    if (slot < this.#size) this.#keep(slot, { item: make(), order });
  }

  #keep(slot: number, next: { item: T; order: number }): void {
    const last = this.#kept[slot];
    this.#kept[slot] = next;
    if (!this.load) return;
    const { weigh, most } = this.load;
    this.#weight += weigh(next.item) - (last ? weigh(last.item) : 0);
    while (this.#weight > most && this.#kept.length > 1) {
      this.#size = Math.floor(this.#kept.length / 2);
      const drawn = this.#kept.map((entry) => ({ entry, at: uniform(entry.order, this.seed + 1) }));
      this.#kept = drawn
        .sort((a, b) => a.at - b.at)
        .slice(0, this.#size)
        .map(({ entry }) => entry);
      this.#weight = this.#kept.reduce((sum, { item }) => sum + weigh(item), 0);
    }
  }

  /** What was kept, in the order in which it passed. */
  get items(): T[] {
    return [...this.#kept].sort((a, b) => a.order - b.order).map(({ item }) => item);
  }
}

/** Numbers below `of`, ascending, `most` of them drawn; null for all. */
export function chosenRows(of: number, most: number, seed = 0): number[] | null {
  if (of <= most) return null;
  const reservoir = new Reservoir<number>(most, seed);
  for (let i = 0; i < of; i += 1) reservoir.offer(() => i);
  return reservoir.items;
}
