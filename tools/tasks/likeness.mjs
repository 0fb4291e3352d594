/** Keeps texts apart that differ in little more than a word or two. */

/** Two texts are nearly alike when they share this much of their words and pairs of words. */
const ALIKE = 0.85;

/** @param {string} text @returns {Set<string>} its words and pairs of neighbouring words */
export function piecesOf(text) {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  const pieces = new Set(words);
  for (let i = 1; i < words.length; i++) pieces.add(`${words[i - 1] ?? ''} ${words[i] ?? ''}`);
  return pieces;
}

export class Likeness {
  /** @type {number[]} sizes of the texts so far */
  #sizes = [];
  /** @type {Map<string, number[]>} texts by piece */
  #places = new Map();

  /**
   * @param {string} text
   * @returns {boolean} false, and nothing added, when an earlier text is nearly alike (Jaccard index)
   */
  add(text) {
    const pieces = piecesOf(text);
    /** @type {Map<number, number>} */
    const shared = new Map();
    for (const piece of pieces)
      for (const other of this.#places.get(piece) ?? []) shared.set(other, (shared.get(other) ?? 0) + 1);
    for (const [other, common] of shared)
      if (common >= ALIKE * (pieces.size + (this.#sizes[other] ?? 0) - common)) return false;
    for (const piece of pieces) {
      const there = this.#places.get(piece);
      if (there) there.push(this.#sizes.length);
      else this.#places.set(piece, [this.#sizes.length]);
    }
    this.#sizes.push(pieces.size);
    return true;
  }
}
