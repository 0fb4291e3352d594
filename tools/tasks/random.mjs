/** Seeded random choices, the same on every machine. */

/**
 * @typedef {object} Random
 * @property {() => number} next in [0, 1)
 * @property {(n: number) => number} below a whole number under n
 * @property {<T>(items: readonly T[]) => T} pick
 * @property {(chance: number) => boolean} chance
 * @property {<T>(items: readonly T[]) => T[]} shuffled
 */

/**
 * A Weyl sequence put through the finalizer of MurmurHash3.
 * @param {string} name what the numbers are for; every name has a stream of its own
 * @returns {Random}
 */
export function random(name) {
  let state = 0;
  for (const char of name) state = (Math.imul(state, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let h = state;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  };
  const below = (/** @type {number} */ n) => Math.floor(next() * n);
  return {
    next,
    below,
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error(`${name}: nothing to pick from`);
      return item;
    },
    chance: (chance) => next() < chance,
    shuffled: (items) => {
      const copy = [...items];
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [copy[i], copy[j]] = [/** @type {any} */ (copy[j]), /** @type {any} */ (copy[i])];
      }
      return copy;
    },
  };
}
