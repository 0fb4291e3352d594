import { draw, streamKey, type StreamKey } from '../../../src/engine/random';

/** Random numbers in their order, the same for the same seed and name. */
export class Draws {
  private readonly key: StreamKey;
  private at = 0;

  constructor(
    private readonly seed: number,
    ...counters: number[]
  ) {
    this.key = streamKey(seed, ...counters);
  }

  /** Numbers of their own for the nth part, however many the parts before it drew. */
  part(n: number): Draws {
    return new Draws(this.seed, n + 1);
  }

  /** In [0, 1). */
  unit(): number {
    return draw(this.key, this.at++) / 2 ** 32;
  }

  between(least: number, most: number): number {
    return least + this.unit() * (most - least);
  }

  /** A whole number in 0..n−1. */
  below(n: number): number {
    return Math.floor(this.unit() * n);
  }

  /** The same in another order. */
  shuffled<T>(list: readonly T[]): T[] {
    const left = [...list];
    return list.map(() => left.splice(this.below(left.length), 1)[0]!);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}
