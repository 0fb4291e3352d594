/**
 * npm test [-- STEP...]
 *
 * Installs what is missing, finds the browsers, and runs every step (or those named). All of them run two at a time,
 * as much of each keeps one core busy alone, and a step's output is printed when it is done; steps that are named
 * run one after another. Prints what each step counted, the tests that failed, and a total; exits 1 when anything
 * failed. LETHE_TOTALS names a file for the total as JSON.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { findBrowser } from '../tests/browser/find.mjs';
import { countIn, failureLines } from './counts.mjs';
import { cache, ensureBuild, ensureDependencies, root } from './project.mjs';

/** @typedef {import('./counts.mjs').Count} Count */
/**
 * @typedef {'inherit' | number} Output this process's own, or an open file
 * @typedef {(output: Output) => Promise<Count>} Step
 */

/** No step takes longer, unless it hangs. */
const longest = 25 * 60_000;

/**
 * @param {string[]} args
 * @param {Output} output
 * @param {Record<string, string>} [env] besides this process's own
 * @returns {Promise<number>} exit code; 124 after too long
 */
function node(args, output, env = {}) {
  return new Promise((resolve) => {
    // A process group of its own, so that a browser goes with the step that started it.
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['inherit', output, output],
      detached: true,
    });
    const kill = () => {
      if (child.pid !== undefined)
        try {
          process.kill(-child.pid, 'SIGKILL');
        } catch {
          // It has gone by itself.
        }
    };
    const interrupted = () => {
      kill();
      process.exit(130);
    };
    process.once('SIGINT', interrupted);
    const timer = setTimeout(() => {
      console.error(`Stopped after ${longest / 60_000} minutes.`);
      kill();
    }, longest);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal !== null) console.error(`The step was ended by ${signal}.`);
      process.off('SIGINT', interrupted);
      resolve(code ?? 124);
    });
  });
}

/** @param {string} command file below node_modules */
const tool = (command) => path.join(root, 'node_modules', command);

/**
 * A command that passes or fails as a whole.
 * @param {string} command
 * @param {string[]} args
 * @returns {Step}
 */
const whole = (command, args) => async (output) => {
  const ok = (await node([tool(command), ...args], output)) === 0;
  return ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
};

/**
 * A command that writes what it counted to the file that it is given, or that LETHE_COUNT names.
 * @param {string} name
 * @param {(file: string) => string[]} args
 * @returns {Step}
 */
const counting = (name, args) => async (output) => {
  const file = path.join(cache, `${name}.json`);
  mkdirSync(cache, { recursive: true });
  rmSync(file, { force: true });
  const code = await node(args(file), output, { LETHE_COUNT: file });
  return countIn(file, code);
};

/**
 * @param {string} project of vitest.config.ts
 * @returns {Step}
 */
const vitest = (project) =>
  counting(project, () => [
    tool('vitest/vitest.mjs'),
    ...['run', '--project', project, '--reporter=default', '--reporter=./tools/countReporter.mjs'],
  ]);

/** @type {Step} */
const build = async () => {
  try {
    await ensureBuild();
    return { passed: 1, failed: 0 };
  } catch (error) {
    console.error(error);
    return { passed: 0, failed: 1 };
  }
};

/**
 * @param {string} name
 * @param {string[]} args
 */
const parity = (name, args) =>
  counting(name, (file) => [path.join(root, 'tools/parity/run.mjs'), '--json', file, ...args]);

/** @type {Record<string, Step>} */
const steps = {
  lint: whole('eslint/bin/eslint.js', ['.', '--max-warnings', '0']),
  format: whole('prettier/bin/prettier.cjs', ['--check', '.', '--log-level', 'warn']),
  types: whole('svelte-check/bin/svelte-check', ['--tsconfig', './tsconfig.json', '--fail-on-warnings']),
  unit: vitest('unit'),
  build,
  'engine-chromium': vitest('engine-chromium'),
  'engine-firefox': vitest('engine-firefox'),
  parity: parity('parity', []),
  'parity-firefox': parity('parity-firefox', ['--browser', 'firefox', '--backend', 'webgpu']),
  access: vitest('access'),
  e2e: vitest('e2e'),
  audit: counting('audit', (file) => [path.join(root, 'tools/audit.mjs'), '--json', file]),
};

/** What runs when nothing is named, but for the build: two at a time, the longest first. */
const order = [
  'engine-firefox',
  'e2e',
  'unit',
  'engine-chromium',
  'parity',
  'lint',
  'types',
  'access',
  'parity-firefox',
  'format',
  'audit',
];

/** Run by name: `data` needs real files, which no clone has (LETHE_DATA), `pretrain` Python and its packages. */
const extra = {
  data: vitest('data'),
  pretrain: counting('pretrain', (file) => [path.join(root, 'tools/pretrain/test.mjs'), '--json', file]),
};

const named = process.argv.slice(2);
const known = { ...steps, ...extra };
const chosen = named.length > 0 ? named : Object.keys(steps);
for (const name of chosen)
  if (!(name in known)) {
    console.error(`There is no step ${name}; the steps are ${Object.keys(known).join(', ')}.`);
    process.exit(2);
  }

ensureDependencies();
if (
  chosen.some(
    (name) => !['lint', 'format', 'types', 'audit', 'unit', 'build', 'data', 'pretrain'].includes(name),
  )
) {
  process.env['LETHE_CHROMIUM'] = findBrowser('chromium');
  process.env['LETHE_FIREFOX'] = findBrowser('firefox');
}

const total = { passed: 0, failed: 0 };
/** @type {Map<string, string>} */
const summary = new Map();
/** @type {string[]} */
const failures = [];

/**
 * @param {string} name
 * @param {Output} output
 */
async function run(name, output) {
  const started = Date.now();
  const count = await /** @type {Step} */ (known[/** @type {keyof typeof known} */ (name)])(output);
  const { passed, failed } = count;
  total.passed += passed;
  total.failed += failed;
  failures.push(...failureLines(name, count));
  const seconds = ((Date.now() - started) / 1000).toFixed(0);
  summary.set(name, `${name.padEnd(18)} ${passed} passed, ${failed} failed (${seconds} s)`);
}

/** @param {string} name */
async function runAside(name) {
  const log = path.join(cache, `${name}.log`);
  mkdirSync(cache, { recursive: true });
  const output = openSync(log, 'w');
  console.log(`… ${name}`);
  await run(name, output);
  closeSync(output);
  console.log(`\n── ${name}\n${readFileSync(log, 'utf8')}`);
}

const unplanned = Object.keys(steps).filter((name) => name !== 'build' && !order.includes(name));
if (unplanned.length > 0) throw new Error(`the order of steps lacks ${unplanned.join(', ')}`);

if (named.length > 0)
  for (const name of named) {
    console.log(`\n── ${name}`);
    await run(name, 'inherit');
  }
else {
  // What needs the built page does not build it itself, twice at once.
  await run('build', 'inherit');
  const due = [...order];
  const worker = async () => {
    for (let name = due.shift(); name !== undefined; name = due.shift()) await runAside(name);
  };
  await Promise.all([worker(), worker()]);
}

const totals = process.env['LETHE_TOTALS'];
if (totals !== undefined) writeFileSync(totals, JSON.stringify(total));
console.log(`\n${chosen.map((name) => summary.get(name)).join('\n')}`);
// Once more at the end, as the output of a step that failed may lie thousands of lines back.
if (failures.length > 0) console.log(`\nFailed:\n  ${failures.join('\n  ')}\n`);
console.log(`total: ${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
