/**
 * node tools/study/alone.mjs PLAN.json --out DIR [--backend webgpu|wasm] [--task NAME...]
 *
 * Fine-tunes the plan's model on each sample task by itself, all from the same weights, with the plan's settings, and
 * prints what it scored on the test part before and after beside what bags of words and copying reach. Runs that are
 * there and finished are taken as they are. Writes DIR/alone.json. Exits 1 unless the fine-tuned model is 10 points
 * or more above the baseline on at least half of the tasks, 2 on a wrong command line.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { root } from '../project.mjs';
import { done, load, readJson, refuse } from './runs.mjs';

const usage = 'node tools/study/alone.mjs PLAN.json --out DIR [--backend webgpu|wasm] [--task NAME...]';
/** Points above the baseline that count. */
const ABOVE = 10;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string' },
    backend: { type: 'string' },
    task: { type: 'string', multiple: true, default: [] },
  },
});
const [file] = positionals;
if (file === undefined || positionals.length > 1 || values.out === undefined) refuse(usage);
const out = path.resolve(values.out);
const plan = /** @type {import('../../src/run/config').RunConfigInput} */ (readJson(file));
const folder = path.join(root, 'public/tasks');
const all = /** @type {(import('./aloneRuns').SampleCard & { labels: string[] })[]} */ (
  readJson(path.join(folder, 'index.json'))
);
for (const name of values.task)
  if (!all.some(({ id }) => id === name))
    refuse(`no sample task is called ${name}; there are ${all.map(({ id }) => id).join(', ')}`);
const cards = all.filter(({ id }) => values.task.length === 0 || values.task.includes(id));

/** @type {typeof import('./aloneRuns')} */
const { aloneRun, aloneRow, aloneMarkdown, strongest } = await load('aloneRuns.ts');
/** @type {typeof import('../tasks/baseline/measure')} */
const { measure } = await load('../tasks/baseline/measure.ts');

/** @param {string} task @param {string} part @returns {import('../tasks/baseline/bagOfWords').Row[]} */
const rowsOf = (task, part) =>
  readFileSync(path.join(folder, task, `${part}.jsonl`), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => /** @type {import('../tasks/baseline/bagOfWords').Row} */ (JSON.parse(line)));

const rows = [];
for (const card of cards) {
  const { name, config } = aloneRun(plan, card);
  const { learningRate } = config.optimizer;
  const planned = { name, config, method: 'sequential', learningRate, seed: config.seed ?? 0 };
  const run = await done(planned, out, values.backend);
  const baselines = measure(card, rowsOf(card.id, 'train'), rowsOf(card.id, 'test'));
  rows.push(aloneRow(run, card, strongest(baselines)));
}
console.log(aloneMarkdown(rows));
writeFileSync(path.join(out, 'alone.json'), `${JSON.stringify(rows, null, 2)}\n`);
const clear = rows.filter(({ above }) => above.mean >= ABOVE).length;
console.log(`\n${clear} of ${rows.length} tasks are ${ABOVE} points or more above their baseline`);
if (2 * clear < rows.length) process.exitCode = 1;
