/**
 * More rows of the project's own known tasks, for the pretraining mixture: made as their training rows are, of
 * more wordings (wordings/ beside this file) and of phrases found in the text (rows.py).
 *   node tools/pretrain/more.mjs --phrases phrases.json --out FOLDER --rows 20000
 * No row shares five words in a row with a validation or test row.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { heldOutRuns, KNOWN, runsOf } from '../tasks/pretraining.mjs';
import { random } from '../tasks/random.mjs';
import { TASKS } from '../tasks/tasks.mjs';
import { readWordings, wordingsOf } from '../tasks/wordings.mjs';

/** @typedef {import('../tasks/wordings.mjs').Wordings} Wordings */

/** Lists of both, joined by key. @template T @param {Record<string, T[]>} a @param {Record<string, T[]>} b */
function joined(a, b) {
  const all = { ...a };
  for (const [key, list] of Object.entries(b)) all[key] = [...(all[key] ?? []), ...list];
  return all;
}

const { values } = parseArgs({
  options: {
    phrases: { type: 'string' },
    out: { type: 'string' },
    rows: { type: 'string', default: '20000' },
  },
});
if (!values.phrases || !values.out) throw new Error('Say --phrases FILE and --out FOLDER.');
/** @type {Record<string, Record<string, string[]>>} phrases by task and section */
const phrases = JSON.parse(readFileSync(values.phrases, 'utf8'));
mkdirSync(values.out, { recursive: true });
for (const id of KNOWN) {
  const task = TASKS.find((each) => each.id === id);
  if (!task) throw new Error(`There is no task ${id}.`);
  const own = wordingsOf(task, 'train');
  // Relative to the folder of the tasks' own wordings.
  const more = readWordings(`../../pretrain/wordings/${id}`, 'train');
  const found = Object.fromEntries(Object.entries(phrases[id] ?? {}).map(([key, lines]) => [key, [lines]]));
  /** @type {Wordings} */
  const wordings = {
    side: 'train',
    words: joined(own.words, more.words),
    blocks: joined(joined(own.blocks, more.blocks), found),
  };
  const source = random(`${id} pretraining`);
  const heldOut = heldOutRuns(id);
  const lines = [];
  let dropped = 0;
  for (let i = 0; lines.length < Number(values.rows); i++) {
    const row = task.make(wordings, i, source);
    if (runsOf(row.input).some((run) => heldOut.has(run))) dropped++;
    else lines.push(`${JSON.stringify(row)}\n`);
  }
  writeFileSync(path.join(values.out, `${id}.jsonl`), lines.join(''));
  console.log(`${id}: ${lines.length} rows, ${dropped} left out for words of held-out rows`);
}
