/**
 * Counter-based random numbers: every value is a pure function of a seed and counters, so that a resumed run
 * draws what an unbroken one would have, and so that a mask can be drawn on any backend. All arithmetic is on
 * unsigned 32-bit integers and reads the same in JavaScript, WGSL and WebAssembly.
 */

/**
 * The PCG output permutation over one step of a 32-bit linear congruential generator.
 * @param x an unsigned 32-bit integer
 * @returns an unsigned 32-bit integer; a bijection of x
 * @see O'Neill 2014; Jarzynski & Olano 2020, "Hash functions for GPU rendering"
 */
export function hash(x: number): number {
  const state = (Math.imul(x, 747796405) + 2891336453) >>> 0;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737) >>> 0;
  return ((word >>> 22) ^ word) >>> 0;
}

/** Two words that stand for a stream: `draw(key, i)` is its i-th number. */
export interface StreamKey {
  first: number;
  second: number;
}

/** The stream of a seed and counters (step, site, epoch, …), each an integer in 0..2³²−1. */
export function streamKey(seed: number, ...counters: number[]): StreamKey {
  let first = hash(seed);
  let second = hash(first ^ 0x9e3779b9);
  for (const counter of counters) {
    first = hash(first ^ counter);
    second = hash((second + first) >>> 0);
  }
  return { first, second };
}

/** The `index`-th unsigned 32-bit integer of a stream. */
export function draw(key: StreamKey, index: number): number {
  return hash(hash(index ^ key.first) ^ key.second);
}

/** A number in [0, 1), the same for the same seed and counters. */
export function uniform(seed: number, ...counters: number[]): number {
  return draw(streamKey(seed, ...counters), 0) / 2 ** 32;
}

/**
 * The integers 0..n−1 in an order that depends on the seed and counters alone (Fisher-Yates).
 * The draws are scaled, not rejected: the bias is below n / 2³².
 */
export function shuffled(n: number, seed: number, ...counters: number[]): Int32Array {
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const key = streamKey(seed, ...counters);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor((draw(key, i) / 2 ** 32) * (i + 1));
    const moved = order[i]!;
    order[i] = order[j]!;
    order[j] = moved;
  }
  return order;
}
