/** Runs of studies: each through the lab in a folder of its own; what is there and finished is taken as it is. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runnerImport } from 'vite';
import { root } from '../project.mjs';

/** @typedef {import('../../src/run/config').RunConfigInput} RunConfigInput */
/** @typedef {import('../../src/run/result').RunResult} RunResult */

/** @param {string} message @returns {never} */
export function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** @param {string} file @returns {unknown} */
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return refuse(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * A module of TypeScript.
 * @template T
 * @param {string} name relative to this folder
 * @returns {Promise<T>}
 */
export async function load(name) {
  const { module } = await runnerImport(path.join(import.meta.dirname, name), {
    root,
    configFile: false,
    logLevel: 'error',
  });
  return /** @type {T} */ (module);
}

/** @param {string} result @returns {RunResult | null} */
function finished(result) {
  if (!existsSync(result)) return null;
  const found = /** @type {RunResult} */ (readJson(result));
  return found.status === 'finished' ? found : null;
}

/**
 * Exits when the run does not finish.
 * @template {{ name: string, config: RunConfigInput }} T
 * @param {T} run by the name of its folder
 * @param {string} out the study's folder
 * @param {string | undefined} backend
 * @returns {Promise<T & { result: RunResult }>}
 */
export async function done(run, out, backend) {
  const folder = path.join(out, run.name);
  const resultFile = path.join(folder, 'result.json');
  const text = `${JSON.stringify(run.config, null, 2)}\n`;
  // Paths in a config are relative to it, so it lies beside the one it was made of.
  const copy = path.join(folder, 'config.json');
  const same = existsSync(copy) && readFileSync(copy, 'utf8') === text;
  const earlier = same ? finished(resultFile) : null;
  if (earlier) return { ...run, result: earlier };
  mkdirSync(folder, { recursive: true });
  writeFileSync(copy, text);
  process.stderr.write(`${run.name}\n`);
  const args = [path.join(root, 'tools/lab/run.mjs'), copy, '--out', folder];
  if (backend !== undefined) args.push('--backend', backend);
  const code = await new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', resolve);
  });
  const result = finished(resultFile);
  if (code !== 0 || !result) {
    console.error(`${run.name} did not finish; see above`);
    process.exit(code === 2 ? 2 : 1);
  }
  return { ...run, result };
}
