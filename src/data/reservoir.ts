/** Fair samples of what is too large to hold: the same file and seed give the same sample. */
import { seededHash } from './split';

const uniform = (i: number, seed: number): number => seededHash(String(i), seed) / 2 ** 32;

/**
 * Keeps `size` of the items that pass, each of all with the same chance (Vitter's algorithm R).
 * @see Vitter 1985, Random Sampling with a Reservoir
 */
export class Reservoir<T> {
  readonly #kept: { item: T; order: number }[] = [];
  /** Items that have passed. */
  seen = 0;

  constructor(
    private readonly size: number,
    private readonly seed = 0,
  ) {}

  /** The item is only made when it is kept. */
  offer(make: () => T): void {
    const order = this.seen;
    this.seen += 1;
    if (order < this.size) {
      this.#kept.push({ item: make(), order });
      return;
    }
    const slot = Math.floor(uniform(order, this.seed) * (order + 1));
    if (slot < this.size) this.#kept[slot] = { item: make(), order };
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
