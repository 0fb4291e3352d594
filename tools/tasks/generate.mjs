/**
 * Makes the sample tasks under public/tasks from wordings/: `npm run tasks`, or
 * `node tools/tasks/generate.mjs --out DIR`. The same code gives the same bytes. Training rows and held-out
 * rows (validation and test) are made of different wordings and words, so a score on them is generalisation.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Likeness } from './likeness.mjs';
import { random } from './random.mjs';
import { TASKS } from './tasks.mjs';
import { wordingsOf } from './wordings.mjs';

/** @typedef {import('./makers/parts.mjs').Row} Row */
/** @typedef {import('./makers/parts.mjs').Task} Task */

export const ROWS = { train: 1500, validation: 100, test: 200 };
const LICENCE = 'Apache-2.0; made by a program from wordings of this project';

/**
 * Rows of one side in random order, no two of them nearly alike.
 * @param {Task} task
 * @param {import('./wordings.mjs').Side} side
 * @param {number} many
 * @returns {Row[]}
 */
export function rowsOf(task, side, many) {
  const wordings = wordingsOf(task, side);
  const source = random(`${task.id} ${side}`);
  const seen = new Likeness();
  /** @type {Row[]} */
  const rows = [];
  for (let tries = 0; rows.length < many; tries++) {
    if (tries > 50 * many)
      throw new Error(`${task.id}: the ${side} wordings give ${rows.length} different rows, not ${many}`);
    const row = task.make(wordings, rows.length, source);
    if (seen.add(row.input)) rows.push(row);
  }
  return source.shuffled(rows);
}

/** Every file of the sample tasks by its path below public/tasks. @returns {Map<string, string>} */
export function sampleFiles() {
  /** @type {Map<string, string>} */
  const files = new Map();
  /** @param {unknown} value */
  const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
  const index = TASKS.map((task) => {
    const heldOut = rowsOf(task, 'heldout', ROWS.validation + ROWS.test);
    const parts = {
      train: rowsOf(task, 'train', ROWS.train),
      validation: heldOut.slice(0, ROWS.validation),
      test: heldOut.slice(ROWS.validation),
    };
    for (const [part, rows] of Object.entries(parts))
      files.set(`${task.id}/${part}.jsonl`, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const { id, name, metric, labels, mapping, description } = task;
    const card = { id, name, metric, labels, mapping, description, licence: LICENCE, rows: ROWS };
    files.set(`${id}/task.json`, json(card));
    return card;
  });
  files.set('index.json', json(index));
  return files;
}

const self = fileURLToPath(import.meta.url);
if (process.argv[1] && path.resolve(process.argv[1]) === self) {
  const at = process.argv.indexOf('--out');
  const out =
    at < 0 ? path.join(path.dirname(self), '../../public/tasks') : path.resolve(process.argv[at + 1] ?? '.');
  const files = sampleFiles();
  for (const [file, text] of files) {
    const target = path.join(out, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  console.log(`${files.size} files written to ${out}`);
}
