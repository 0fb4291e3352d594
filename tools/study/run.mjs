/**
 * node tools/study/run.mjs STUDY.json --out DIR [--backend webgpu|wasm]
 *
 * Runs a study through the lab, a run after another, each in a folder of its own below DIR; runs that are there
 * and finished are taken as they are, so a study that was broken off goes on. First the sweep of the learning rate,
 * then every method with every seed at the best one. Prints the tables and the bars, and writes DIR/study.json.
 * Exits 0 when every bar is reached, 1 when one is not or a run failed, 2 on a wrong study or command line.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { localPath } from '../lab/config.mjs';
import { root } from '../project.mjs';
import { done, load, readJson, refuse } from './runs.mjs';

/** @typedef {import('./study').PlannedRun} PlannedRun */
/** @typedef {import('./analyse').StudyRun} StudyRun */

const usage = 'node tools/study/run.mjs STUDY.json --out DIR [--backend webgpu|wasm]';

/**
 * Runs have folders of their own, so what the config names beside itself is named in full.
 * @param {import('../../src/run/config').RunConfigInput} config
 * @param {string} folder the config's
 */
function withWholePaths(config, folder) {
  const whole = structuredClone(config);
  if (whole.model.source === 'folder') whole.model.path = localPath(folder, whole.model.path);
  for (const { data } of whole.tasks) {
    if (data.kind !== 'files') continue;
    for (const part of /** @type {const} */ (['train', 'validation', 'test'])) {
      const name = data[part];
      if (name !== undefined) data[part] = localPath(folder, name);
    }
  }
  return whole;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: 'string' }, backend: { type: 'string' } },
});
const [file] = positionals;
if (file === undefined || values.out === undefined) refuse(usage);
const out = path.resolve(values.out);
/** @type {typeof import('./study')} */
const { Study, sweepRuns, comparisonRuns } = await load('study.ts');
/** @type {typeof import('./analyse')} */
const { sweepTable, compareMethods } = await load('analyse.ts');
/** @type {typeof import('./copied')} */
const { bestCopied } = await load('copied.ts');
/** @type {typeof import('./report')} */
const { sweepMarkdown, methodsMarkdown, verdicts } = await load('report.ts');

const parsed = v.safeParse(Study, readJson(file));
if (!parsed.success)
  refuse(
    parsed.issues
      .map((issue) => `${file}: ${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`)
      .join('\n'),
  );
const study = parsed.output;
const configFile = path.resolve(path.dirname(file), study.config);
const base = withWholePaths(
  /** @type {import('../../src/run/config').RunConfigInput} */ (readJson(configFile)),
  path.dirname(configFile),
);

/** @param {readonly PlannedRun[]} runs */
async function all(runs) {
  /** @type {StudyRun[]} */
  const results = [];
  for (const run of runs) results.push(await done(run, out, values.backend));
  return results;
}

const { rows: sweep, best } = sweepTable(study, await all(sweepRuns(study, base)));
console.log(`${sweepMarkdown(study, sweep, best)}\n`);
const methods = compareMethods(study, await all(comparisonRuns(study, base, best)));
console.log(`${methodsMarkdown(study, methods)}\n`);
const copied = bestCopied(base, study.newTask, path.join(root, 'public/tasks'));
const found = verdicts(study, methods, copied);
for (const { bar, reached } of found) console.log(`${reached ? 'reached' : 'MISSED '}  ${bar}`);
writeFileSync(
  path.join(out, 'study.json'),
  `${JSON.stringify({ study, sweep, learningRate: best, methods, verdicts: found }, null, 2)}\n`,
);
if (found.some(({ reached }) => !reached)) process.exitCode = 1;
