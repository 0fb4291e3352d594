/** Numbers and dates, of which the training side and the held-out side share none. */

/** @typedef {import('../random.mjs').Random} Random */
/** @typedef {import('../wordings.mjs').Side} Side */

/** @param {number} n @returns {Side} by the remainder, so that both sides have small and large ones */
const sideOf = (n) => (n % 10 === 3 || n % 10 === 6 || n % 10 === 9 ? 'heldout' : 'train');

/**
 * Two numbers of one side, the smaller first.
 * @param {Side} side
 * @param {Random} random
 * @param {number} from
 * @param {number} to inclusive
 * @returns {[number, number]}
 */
export function numbers(side, random, from, to) {
  const low = number(side, random, from, to);
  let high = low;
  while (high === low) high = number(side, random, from, to);
  return low < high ? [low, high] : [high, low];
}

/**
 * @param {Side} side
 * @param {Random} random
 * @param {number} from
 * @param {number} to inclusive
 */
export function number(side, random, from, to) {
  for (;;) {
    const n = from + random.below(to - from + 1);
    if (sideOf(n) === side) return n;
  }
}
