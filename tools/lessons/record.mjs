/**
 * npm run lessons [-- RECORDING …] [--check]
 *
 * Makes the recordings of the lessons again, in the built page in a headless Chromium, from the configs of
 * public/lessons/*.json: public/lessons/recorded/RECORDING.json. Without names, all of them; a lesson's name stands for
 * all that it shows. --check runs them and compares scores with the recordings that are there, and writes nothing.
 *
 * Exits 0 when done, 1 when a run did not finish or --check found other scores, 2 on a wrong command line or lesson.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { drive } from '../lab/drive.mjs';
import { dist, ensureBuild, root } from '../project.mjs';
import { serve } from '../serve.mjs';

/** @typedef {import('../../src/run/lesson').Lesson} Lesson */
/** @typedef {import('../../src/run/result').RunResult} RunResult */

/**
 * @typedef {object} Recording
 * @property {string} name
 * @property {string} title what the run is called in its first lesson
 * @property {import('../../src/run/config').RunConfig} config
 * @property {number[]} mixes of the weights, which some lesson shows
 * @property {string[]} lessons
 */

const folder = path.join(root, 'public/lessons');

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {string} message @returns {never} */
function refuse(message) {
  say(message);
  process.exit(2);
}

/** @param {string} file @returns {any} */
const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** @type {typeof import('../../src/run/lesson')} */
const core = (
  await runnerImport(path.join(root, 'src/run/lesson/index.ts'), {
    root,
    configFile: false,
    logLevel: 'error',
  })
).module;

/** @returns {Recording[]} each once, however many lessons show it */
function recordings() {
  /** @type {Map<string, Recording>} */
  const found = new Map();
  for (const name of /** @type {string[]} */ (readJson(path.join(folder, 'index.json')))) {
    const parsed = core.parseLesson(readJson(path.join(folder, `${name}.json`)));
    if (!parsed.ok)
      return refuse(parsed.problems.map((p) => `${name}.json: ${p.path}: ${p.message}`).join('\n'));
    const { runs, words, mixes = [] } = parsed.lesson;
    for (const { id, config, recorded } of runs) {
      const title = words.en.runs[id] ?? id;
      const known = found.get(recorded) ?? { name: recorded, title, config, mixes: [], lessons: [] };
      if (JSON.stringify(known.config) !== JSON.stringify(config))
        return refuse(`${name}.json: runs: ${recorded} is the recording of a run with another config`);
      found.set(recorded, {
        ...known,
        mixes: [...new Set([...known.mixes, ...mixes])],
        lessons: [...known.lessons, name],
      });
    }
  }
  return [...found.values()];
}

/**
 * Scores alone: seconds differ from machine to machine.
 * @param {RunResult} result
 */
const scores = ({ matrix, evaluations, interpolations }) =>
  JSON.stringify([
    matrix.map((row) => row.scores.map(({ task, score }) => [task, score.value])),
    evaluations.map(({ task, step, score }) => [task, step, score.value]),
    interpolations ?? [],
  ]);

/**
 * @param {string} origin
 * @param {Recording} recording
 * @returns {Promise<RunResult>}
 */
async function record(origin, { name, title, config, mixes }) {
  const { result } = await drive({
    url: `${origin}/`,
    config: { ...config, name: title },
    onEvent: () => undefined,
    onPageError: (message) => say(`  page: ${message}`),
    checkpointFolder: '',
    adapterFolder: '',
    handoff: false,
    leave: true,
    ...(mixes.length > 0 && { wanted: { of: 'mixes', stage: 1, alphas: mixes } }),
  });
  if (result?.status !== 'finished') throw new Error(`${name}: ${result?.error ?? 'did not finish'}`);
  return core.trimmed({ ...result, id: `lesson-${name}`, config });
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean', default: false } },
});
const all = recordings();
const unknown = positionals.find(
  (name) => !all.some((one) => one.name === name || one.lessons.includes(name)),
);
if (unknown !== undefined)
  refuse(
    `There is no recording or lesson ${unknown}; the recordings are ${all.map((one) => one.name).join(', ')}.`,
  );
const wanted = all.filter(
  (one) =>
    positionals.length === 0 || positionals.some((name) => one.name === name || one.lessons.includes(name)),
);

await ensureBuild();
const server = await serve({ mounts: { '/': dist } });
try {
  for (const recording of wanted) {
    const started = Date.now();
    const result = await record(server.origin, recording);
    const file = path.join(folder, `recorded/${recording.name}.json`);
    const ends = (result.matrix.at(-1)?.scores ?? []).map(
      ({ task, score }) => `${task} ${score.value.toFixed(1)}`,
    );
    say(`${recording.name}: ${ends.join(', ')}; ${Math.round((Date.now() - started) / 1000)} s`);
    if (!values.check) writeFileSync(file, `${JSON.stringify(result)}\n`);
    else if (scores(readJson(file)) !== scores(result)) {
      say(`  other than ${path.relative(root, file)}`);
      process.exitCode = 1;
    }
  }
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await server.close();
}
