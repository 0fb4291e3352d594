/**
 * Rows of the known tasks for the model's pretraining, as many as are wanted, all different, from the training side's
 * wordings and many more: `node tools/tasks/pretraining.mjs --rows N --seed S --out DIR` writes DIR/<task>.jsonl.
 * No row shares a run of five words with a held-out row of its task, so held-out scores stay scores on wordings
 * that were never trained on. Tasks that are meant to be new to the model are not made.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ROWS, rowsOf } from './generate.mjs';
import { random } from './random.mjs';
import { TASKS } from './tasks.mjs';
import { pretrainingWordings } from './wordings.mjs';

/** @typedef {import('./makers/parts.mjs').Row} Row */

/** The tasks that the bundled model is to know. */
export const KNOWN = ['reviews', 'topics', 'commands', 'polite', 'follows'];
/** Words of a run that no two sides share. */
const RUN = 5;

/** Every run of five words. @param {string} text @returns {string[]} */
export function runsOf(text) {
  const words = text.toLowerCase().match(/[a-z0-9']+/g) ?? [];
  return words.slice(0, Math.max(0, words.length - RUN + 1)).map((_, i) => words.slice(i, i + RUN).join(' '));
}

/** @param {string} id */
function taskOf(id) {
  const task = TASKS.find((each) => each.id === id);
  if (!task || !KNOWN.includes(id)) throw new Error(`"${id}" is no task that the model is to know`);
  return task;
}

/**
 * @param {string} id
 * @param {number} many
 * @param {number} seed other seeds give other rows
 * @param {ReadonlySet<string>} heldOut runs of five words that may not occur
 * @returns {Row[]}
 */
export function pretrainingRows(id, many, seed, heldOut) {
  const task = taskOf(id);
  const wordings = pretrainingWordings(id);
  const source = random(`${id} pretraining ${seed}`);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (let tries = 0; rows.size < many; tries++) {
    if (tries > 20 * many)
      throw new Error(`${id}: the wordings give ${rows.size} different rows, not ${many}`);
    const row = task.make(wordings, rows.size, source);
    if (!rows.has(row.input) && !runsOf(row.input).some((run) => heldOut.has(run))) rows.set(row.input, row);
  }
  return source.shuffled([...rows.values()]);
}

/** The runs of five words of a task's validation and test rows. @param {string} id @returns {Set<string>} */
export function heldOutRuns(id) {
  const rows = rowsOf(taskOf(id), 'heldout', ROWS.validation + ROWS.test);
  return new Set(rows.flatMap(({ input }) => runsOf(input)));
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { rows: { type: 'string' }, seed: { type: 'string', default: '0' }, out: { type: 'string' } },
  });
  const [rows, seed] = [Number(values.rows), Number(values.seed)];
  if (!values.out || !Number.isInteger(rows) || rows < 1 || !Number.isInteger(seed)) {
    console.error('usage: node tools/tasks/pretraining.mjs --rows N [--seed S] --out DIR');
    process.exit(2);
  }
  mkdirSync(values.out, { recursive: true });
  for (const id of KNOWN) {
    const made = pretrainingRows(id, rows, seed, heldOutRuns(id));
    const file = path.join(values.out, `${id}.jsonl`);
    writeFileSync(file, made.map((row) => `${JSON.stringify(row)}\n`).join(''));
    console.log(`${made.length} rows written to ${file}`);
  }
}
