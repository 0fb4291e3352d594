/**
 * npm run lab -- study STUDY.json --out DIR [--backend webgpu|wasm] [--cells N] [--only TEXT] [--again] [--list]
 * npm run lab -- report STUDY.json --out DIR [--write FILE.md]
 *
 * `study` runs a study in the built page in a headless Chromium, a run a cell, and writes each as a small JSON file
 * into DIR when it is done; what lies there already is taken as it is, so a study that was broken off goes on where
 * it stood. --cells stops after so many, --only runs those whose names hold the text, --again repeats failed ones,
 * --list tells what is done and due and runs nothing. `report` prints the tables, or writes them into FILE.md between
 * its two marks. `run` in the study is a run config or the path of one; paths are relative to the file they stand in.
 *
 * Exits 0 when the study (or what was asked of it) is done, 1 when a cell failed, 2 on a wrong study or command line.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { dist, ensureBuild, root } from '../project.mjs';
import { serve } from '../serve.mjs';
import { cellsIn, keepCell } from './cells.mjs';
import { localPath, locate, withLocalNames } from './config.mjs';
import { drive } from './drive.mjs';
import { reporter } from './progress.mjs';

/** @typedef {typeof import('../../src/run/study')} StudyModule */
/** @typedef {import('../../src/run/study').StudyConfig} StudyConfig */
/** @typedef {import('../../src/run/study').StudyRecord} StudyRecord */
/** @typedef {import('../../src/run/study').Cell} Cell */

const usage =
  'npm run lab -- study STUDY.json --out DIR [--backend webgpu|wasm] [--cells N] [--only TEXT] [--again] [--list]\n' +
  'npm run lab -- report STUDY.json --out DIR [--write FILE.md]';

/** What a person can put right; its message is all there is to say. */
class WrongInput extends Error {}

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @returns {Promise<StudyModule>} */
async function loadCore() {
  const { module } = await runnerImport(path.join(root, 'src/run/study/index.ts'), {
    root,
    configFile: false,
    logLevel: 'error',
  });
  return /** @type {StudyModule} */ (module);
}

/** @param {string} file @returns {unknown} */
function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new WrongInput(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * The study as written, but for a `run` that names a file, and the folder that its paths are relative to.
 * @param {StudyModule} core
 * @param {string} file
 * @param {string | undefined} backend
 */
function readStudy(core, file, backend) {
  const json = /** @type {Record<string, unknown>} */ (readJson(file));
  let base = path.dirname(path.resolve(file));
  let { run } = json;
  if (typeof run === 'string') {
    const named = path.resolve(base, run);
    run = readJson(named);
    base = path.dirname(named);
  }
  const changed = backend === undefined ? run : { .../** @type {object} */ (run), backend };
  const parsed = core.parseStudyConfig({ ...json, run: changed });
  if (!parsed.ok)
    throw new WrongInput(
      parsed.problems.map((p) => `${file}: ${p.path === '' ? '' : `${p.path}: `}${p.message}`).join('\n'),
    );
  return { study: parsed.study, base };
}

/**
 * A digest of the weights and data files that the study reads: a cell that was run with others is no result of it.
 * @param {StudyConfig} study
 * @param {string} base
 */
function stampOf({ run }, base) {
  const hash = createHash('sha256');
  const { model } = run;
  const folder =
    model.source === 'bundled'
      ? path.join(root, 'public/models', model.name)
      : model.source === 'folder'
        ? localPath(base, model.path)
        : null;
  const files = folder === null ? [] : [path.join(folder, 'model.safetensors')];
  for (const { data } of run.tasks)
    if (data.kind === 'files')
      for (const name of [data.train, data.validation, data.test])
        if (name !== undefined) files.push(localPath(base, name));
  for (const file of files) if (existsSync(file)) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}

/**
 * @param {Cell} cell
 * @param {string} base
 * @returns {Promise<import('../../src/run/result').RunResult>}
 */
async function runCell(cell, base) {
  const located = locate(cell.config, base);
  if (!located.ok)
    throw new WrongInput(located.problems.map((p) => `${cell.id}: ${p.path}: ${p.message}`).join('\n'));
  const { served, mounts } = located.value;
  const server = await serve({
    mounts: {
      '/': dist,
      ...Object.fromEntries(Object.entries(mounts).map(([address, place]) => [`/${address}`, place])),
    },
  });
  try {
    const tell = reporter((line) => say(`  ${withLocalNames(line, mounts)}`));
    const { result } = await drive({
      url: `${server.origin}/`,
      config: served,
      onEvent: (event) => {
        // Of a hundred runs only what went wrong is worth a line a step.
        if (event.type === 'ended' || event.type === 'row') tell(event);
      },
      onPageError: (message) => say(`  page: ${withLocalNames(message, mounts)}`),
      checkpointFolder: '',
      adapterFolder: '',
      handoff: false,
      leave: true,
    });
    if (!result) throw new Error(`${cell.id} left no result`);
    return result;
  } finally {
    await server.close();
  }
}

/** @param {number} seconds */
const minutes = (seconds) => `${(seconds / 60).toFixed(1)} min`;

/**
 * @param {StudyModule} core
 * @param {StudyRecord} record
 * @param {string} only
 */
function list(core, record, only) {
  const done = core.current(record.study, record.cells, record.stamp);
  const { trials, runs } = core.countCells(record.study);
  const failed = done.filter((cell) => cell.status === 'failed');
  say(
    `${done.length} of ${trials + runs} cells are done (${trials} trials, ${runs} runs), ${failed.length} failed`,
  );
  for (const cell of failed) say(`  ${cell.id}: ${cell.error ?? ''}`);
  const next = core.nextCell(record.study, record.cells, record.stamp);
  if (next) say(`next: ${next.id}${only === '' ? '' : `, of those with "${only}"`}`);
  const left = core.secondsLeft(record.study, done);
  if (left !== null && next) say(`about ${minutes(left)} left`);
}

/**
 * @param {StudyModule} core
 * @param {StudyRecord} record
 * @param {{ base: string, out: string, most: number, only: string }} how
 * @returns {Promise<number>} exit code
 */
async function study(core, record, { base, out, most, only }) {
  let ran = 0;
  let failed = 0;
  const started = Date.now();
  /** @param {StudyRecord} given */
  const due = (given) =>
    core.dueCells(given.study, given.cells, given.stamp).find((cell) => cell.id.includes(only));
  let now = record;
  for (let cell = due(now); cell && ran < most; cell = due(now)) {
    say(`${cell.id}: ${cell.config.name ?? ''}, learning rate ${cell.config.optimizer.learningRate}`);
    const result = core.cellResult(cell, await runCell(cell, base));
    keepCell(out, result);
    now = core.withCell(now, result, result.finishedAt);
    ran++;
    if (result.status === 'failed') failed++;
    const { trainSeconds, evaluationSeconds, metrics, validation, error } = result;
    const score = result.kind === 'trial' ? validation : metrics.averageAccuracy;
    say(
      `  ${error ?? `${score?.toFixed(1) ?? 'no'} points`}, ${trainSeconds} s training, ${evaluationSeconds} s evaluation, ${minutes((Date.now() - started) / 1000)} so far`,
    );
  }
  list(core, now, only);
  return failed > 0 ? 1 : 0;
}

const marks = /** @type {const} */ (['<!-- study: begin -->', '<!-- study: end -->']);

/**
 * @param {string} text
 * @param {string} file
 */
function writeBetweenMarks(text, file) {
  const whole = readFileSync(file, 'utf8');
  const [from, to] = marks.map((mark) => whole.indexOf(mark));
  if (from === undefined || to === undefined || from < 0 || to < from)
    throw new WrongInput(`${file} lacks the lines ${marks.join(' and ')}, between which the tables go`);
  writeFileSync(file, `${whole.slice(0, from + marks[0].length)}\n\n${text}\n${whole.slice(to)}`);
}

/**
 * @param {'study' | 'report'} command
 * @param {string[]} args
 * @returns {Promise<number>} exit code
 */
export async function main(command, args) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: { type: 'string' },
        backend: { type: 'string' },
        cells: { type: 'string', default: 'Infinity' },
        only: { type: 'string', default: '' },
        again: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        write: { type: 'string' },
      },
    });
    const [file] = positionals;
    const most = Number(values.cells);
    if (file === undefined || positionals.length > 1 || values.out === undefined || !(most >= 0))
      throw new WrongInput(usage);
    const out = path.resolve(values.out);
    const core = await loadCore();
    const { study: config, base } = readStudy(core, file, values.backend);
    mkdirSync(out, { recursive: true });
    const empty = core.newStudy('lab', config, new Date().toISOString(), stampOf(config, base));
    let record = { ...empty, cells: cellsIn(out) };
    if (values.again) record = core.withoutFailed(record);
    if (command === 'report') {
      const text = core.reportMarkdown(
        record,
        `Made by \`npm run lab -- study ${file} --out ${values.out}\`.`,
      );
      if (values.write === undefined) process.stdout.write(text);
      else writeBetweenMarks(text, values.write);
      return 0;
    }
    if (values.list) {
      list(core, record, values.only);
      return 0;
    }
    await ensureBuild();
    return await study(core, record, { base, out, most, only: values.only });
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    return error instanceof WrongInput ||
      (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
      ? 2
      : 1;
  }
}
