/**
 * A small grammar for wordings: `[a|b|c]` is a choice, `{slot}` is filled from a word list. A slot that
 * occurs twice is filled once; `{slot:2}` is a second filling that differs from the first. A word may have several
 * forms, `taller~shorter`: `{slot}` is the first of them, `{slot/1}` the second.
 */

/** @typedef {import('./random.mjs').Random} Random */

/**
 * @param {string} pattern
 * @param {Record<string, readonly string[]>} words
 * @param {Random} random
 * @param {Map<string, string>} [filled] what slots hold already; new fillings are added
 * @returns {string}
 */
export function expand(pattern, words, random, filled = new Map()) {
  return pattern
    .replace(/\[([^\]]*)\]/g, (_, options) => random.pick(String(options).split('|')))
    .replace(/\{([^}]+)\}/g, (hole, slot) => {
      const [name = '', form = '0'] = String(slot).split('/');
      // `{Slot}` is the slot with a capital.
      const key = name.charAt(0).toLowerCase() + name.slice(1);
      /** @param {string} word */
      const cased = (word) => {
        const said = word.split('~')[Number(form)] ?? word;
        return name === key ? said : said.charAt(0).toUpperCase() + said.slice(1);
      };
      const known = filled.get(key);
      if (known !== undefined) return cased(known);
      const list = words[key.split(':')[0] ?? ''];
      // Holes that no list fills are left to the caller.
      if (!list) return hole;
      const used = new Set(filled.values());
      // A word may have slots of its own, such as `on {day}`.
      const word = expand(
        random.pick(list.filter((candidate) => !used.has(candidate))),
        words,
        random,
        filled,
      );
      filled.set(key, word);
      return cased(word);
    })
    .replace(/ {2,}/g, ' ')
    .replace(/ ([.,!?])/g, '$1')
    .replace(/\b([Aa]) (?=[aeio]|u(?!s|ni))/g, '$1n ')
    .trim();
}

/** Upper case for the first letter of every sentence. @param {string} text */
export const sentences = (text) =>
  text.replace(/(^|[.!?] )([a-z])/g, (_, end, letter) => String(end) + String(letter).toUpperCase());

/**
 * How people type in a hurry: no capitals, no full stop, now and then no apostrophe.
 * @param {string} text
 * @param {Random} random
 */
export function hurried(text, random) {
  const lower = text.toLowerCase().replace(/[.!]$/, '');
  return random.chance(0.5) ? lower.replaceAll("'", '') : lower;
}
