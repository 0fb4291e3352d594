/**
 * Makes the sample tasks under public/tasks from wordings/: `npm run tasks`, or
 * `node tools/tasks/generate.mjs --out DIR`. The same code gives the same bytes. Training rows and held-out
 * rows (validation and test) are made of different wordings and words, so a score on them is generalisation.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { dialogue, review, ticket } from './makers.mjs';
import { random } from './random.mjs';
import { readWordings } from './wordings.mjs';

/** @typedef {import('./makers.mjs').Row} Row */

const ROWS = { train: 600, validation: 100, test: 200 };
const LICENCE = 'Apache-2.0; made by a program from wordings of this project';
const QUEUES = ['account', 'billing', 'delivery', 'returns', 'sales', 'technical'];

/** Prompts are worded as the pocket model has met such questions. */
export const TASKS = [
  {
    id: 'tickets',
    name: 'Support tickets',
    metric: 'exact-match',
    labels: QUEUES,
    mapping: {
      input: `Classify by queue. Possible answers: ${QUEUES.join(', ')}.\nInput: {input}`,
      target: '{target}',
    },
    description: 'Sends messages to the help desk of a shop to one of six queues.',
    make: ticket,
  },
  {
    id: 'reviews',
    name: 'Reviews',
    metric: 'exact-match',
    labels: ['negative', 'positive'],
    mapping: {
      input: '{input}\n\nOptions: positive or negative\nWhat is the sentiment?',
      target: '{target}',
    },
    description: 'Tells whether a product review is positive or negative.',
    make: review,
  },
  {
    id: 'dialogues',
    name: 'Dialogues',
    metric: 'rouge-l',
    labels: [],
    mapping: { input: 'Sum up this talk in one line.\n{input}', target: '{target}' },
    description: 'Sums up a short talk between two people in one line.',
    make: dialogue,
  },
];

/**
 * Rows of one side, no input twice, in random order.
 * @param {typeof TASKS[number]} task
 * @param {import('./wordings.mjs').Side} side
 * @param {number} many
 * @returns {Row[]}
 */
function rowsOf(task, side, many) {
  const wordings = readWordings(task.id, side);
  const source = random(`${task.id} ${side}`);
  /** @type {Map<string, Row>} */
  const rows = new Map();
  for (let tries = 0; rows.size < many; tries++) {
    if (tries > 50 * many)
      throw new Error(`${task.id}: the ${side} wordings do not give ${many} different rows`);
    const row = task.make(wordings, rows.size, source);
    const key = row.input.toLowerCase().replace(/[^a-z0-9]+/g, ' ');
    if (!rows.has(key)) rows.set(key, row);
  }
  return source.shuffled([...rows.values()]);
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
