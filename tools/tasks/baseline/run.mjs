/** Prints what bags of words and copying reach on the sample tasks: `node tools/tasks/baseline/run.mjs`. */
import path from 'node:path';
import { runnerImport } from 'vite';
import { sampleFiles } from '../generate.mjs';
import { TASKS } from '../tasks.mjs';

const root = path.resolve(import.meta.dirname, '../../..');
const { module } = /** @type {{ module: typeof import('./measure') }} */ (
  await runnerImport(path.join(import.meta.dirname, 'measure.ts'), {
    root,
    configFile: false,
    logLevel: 'error',
  })
);
const files = sampleFiles();

/** @param {string} id @param {string} part */
const rows = (id, part) =>
  (files.get(`${id}/${part}.jsonl`) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => /** @type {import('./bagOfWords').Row} */ (JSON.parse(line)));

/** @param {number | null} value */
const cell = (value) => (value === null ? '' : value.toFixed(1));

console.log(
  '| task | metric | constant | naive Bayes | logistic regression | nearest neighbour | best copy |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const task of TASKS) {
  const found = module.measure(task, rows(task.id, 'train'), rows(task.id, 'test'));
  const { constant, naiveBayes, logisticRegression, nearestNeighbour, bestCopy } = found;
  const cells = [constant, naiveBayes, logisticRegression, nearestNeighbour, bestCopy].map(cell);
  console.log(`| ${task.id} | ${task.metric} | ${cells.join(' | ')} |`);
}
