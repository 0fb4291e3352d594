/** Reads the files under wordings/: `#` a comment, `@slot` a word list, `==` a section, else a wording. */
import { readFileSync } from 'node:fs';

/**
 * @typedef {object} Wordings
 * @property {Side} side
 * @property {Record<string, string[]>} words by slot; separated by commas, or by bars where words hold commas
 * @property {Record<string, string[][]>} blocks by section ('' before the first): runs of lines between blank ones
 */

/** Rows of a task are made of one of these; their numbers and days differ too. @typedef {'train' | 'heldout'} Side */

/**
 * @param {string} task
 * @param {Side | 'more'} file
 * @returns {Wordings}
 */
export function readWordings(task, file) {
  const text = readFileSync(new URL(`wordings/${task}.${file}.txt`, import.meta.url), 'utf8');
  /** @type {Wordings} */
  const found = { side: file === 'heldout' ? 'heldout' : 'train', words: {}, blocks: {} };
  let section = '';
  /** @type {string[]} */
  let block = [];
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const list = /^@(\w+) (.*)$/.exec(line);
    if (line.startsWith('#')) continue;
    if (list?.[1] && list[2]) {
      const words = list[2].split(list[2].includes('|') ? '|' : ',').map((word) => word.trim());
      (found.words[list[1]] ??= []).push(...words);
    } else if (line.startsWith('== ')) {
      section = line.slice(3);
      block = [];
    } else if (line === '') {
      block = [];
    } else {
      if (block.length === 0) (found.blocks[section] ??= []).push(block);
      block.push(line);
    }
  }
  return found;
}

/**
 * The wordings that a task's rows are made of: its own, and those of the task that it builds on.
 * @param {{ id: string, also?: string | undefined }} task
 * @param {Side} side
 * @returns {Wordings}
 */
export function wordingsOf({ id, also }, side) {
  const own = readWordings(id, side);
  if (also === undefined) return own;
  const { words, blocks } = readWordings(also, side);
  return { side, words: { ...words, ...own.words }, blocks: { ...blocks, ...own.blocks } };
}

/**
 * What rows for pretraining are made of: the training side and its further wordings, less any slot word that the
 * held-out side has for the same slot.
 * @param {string} task
 * @returns {Wordings}
 */
export function pretrainingWordings(task) {
  const held = readWordings(task, 'heldout');
  /** @type {Wordings} */
  const found = { side: 'train', words: {}, blocks: {} };
  for (const { words, blocks } of [readWordings(task, 'train'), readWordings(task, 'more')]) {
    for (const [slot, list] of Object.entries(words)) {
      const taken = held.words[slot] ?? [];
      (found.words[slot] ??= []).push(...list.filter((word) => !taken.includes(word)));
    }
    for (const [section, list] of Object.entries(blocks)) (found.blocks[section] ??= []).push(...list);
  }
  return found;
}
