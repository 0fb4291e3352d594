/** What the makers of rows share. */
import { expand, sentences } from '../grammar.mjs';

/** @typedef {import('../random.mjs').Random} Random */
/** @typedef {import('../wordings.mjs').Wordings} Wordings */
/** @typedef {{ input: string, target: string }} Row */
/** @typedef {(wordings: Wordings, index: number, random: Random) => Row} Maker */

/**
 * @typedef {object} Task
 * @property {string} id
 * @property {string} [also] another task whose wordings it uses too
 * @property {string} name
 * @property {'exact-match' | 'rouge-l'} metric
 * @property {string[]} labels empty for free text
 * @property {{ input: string, target: string }} mapping
 * @property {string} description one sentence
 * @property {Maker} make
 */

/**
 * All lines of a section.
 * @param {Wordings} wordings
 * @param {string} section
 * @returns {string[]}
 */
export const linesOf = ({ blocks }, section) => (blocks[section] ?? []).flat();

/** @param {string} text */
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/**
 * Lower case for the first letter of what goes on after a comma, but for "I".
 * @param {string} text
 */
export const small = (text) => (/^I\b/.test(text) ? text : text.charAt(0).toLowerCase() + text.slice(1));

/**
 * Fills slots in the pattern that stand for whole phrases: `{x}` as it is, `{X}` with a capital.
 * @param {string} pattern
 * @param {Record<string, string>} phrases by lower-case name
 */
export const insert = (pattern, phrases) =>
  pattern.replace(/\{([A-Za-z]+)\}/g, (hole, name) => {
    const phrase = phrases[String(name).toLowerCase()];
    if (phrase === undefined) return hole;
    return /^[A-Z]/.test(String(name)) ? capital(phrase) : phrase;
  });

/**
 * Expands patterns that share their slots.
 * @param {Wordings} wordings
 * @param {Random} random
 * @param {Map<string, string>} [filled]
 * @returns {(pattern: string) => string} without capitals at the starts of sentences
 */
export const speaker =
  ({ words }, random, filled = new Map()) =>
  (pattern) =>
    expand(pattern, words, random, filled);

/** A full stop where no sentence mark ends the text, and capitals. @param {string} text */
export const sentence = (text) => sentences(/[.!?]$/.test(text) ? text : `${text}.`);
