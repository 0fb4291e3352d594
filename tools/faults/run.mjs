/**
 * npm run faults -- [SCENARIO…] [--only A,B] [--short] [--count N] [--seed N] [--minutes N] [--out DIR] [--json FILE] [--list]
 *
 * Does faults to the built page in Chromium, on a profile that is kept, and sees what holds after them. Without
 * names every scenario runs, in its long form. `--out` keeps the parts of long scenarios, so that a run that was
 * broken off, by `--minutes` say, goes on where it was. Exits 0 when everything held, 1 when something did not, 2 on
 * a wrong command line, 3 when the minutes were over before the end.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { runnerImport } from 'vite';
import { ensureBuild, root } from '../project.mjs';

/** @typedef {import('./scenario').Outcome} Outcome */

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    short: { type: 'boolean', default: false },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string' },
    out: { type: 'string' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

/** @param {string} name @param {string | undefined} text */
function number(name, text) {
  const value = Number(text);
  if (text !== undefined && !(Number.isInteger(value) && value >= 0))
    refuse(`--${name} takes a whole number`);
  return text === undefined ? undefined : value;
}

const count = number('count', values.count);
const seed = number('seed', values.seed) ?? 1;
const minutes = number('minutes', values.minutes);
const until = minutes === undefined ? Infinity : Date.now() + 60_000 * minutes;

const { module } = await runnerImport(path.join(import.meta.dirname, 'scenarios.ts'), {
  root,
  configFile: false,
  logLevel: 'error',
});
const { scenarios, openFaultSite, Draws } = /** @type {typeof import('./scenarios')} */ (module);
if (values.list) {
  for (const { name, about, counts } of scenarios)
    console.log(`${name.padEnd(14)} ${about} (${counts.long}, ${counts.short} in the short form)`);
  process.exit(0);
}
const named = [...positionals, ...(values.only?.split(',') ?? [])];
for (const name of named)
  if (!scenarios.some((scenario) => scenario.name === name))
    refuse(`There is no scenario ${name}; they are ${scenarios.map((s) => s.name).join(', ')}.`);
const chosen = scenarios.filter(({ name }) => named.length === 0 || named.includes(name));

// Browsers are ended when this ends, and a signal alone would end it without a word to them.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

class OutOfTime extends Error {}

await ensureBuild();
const site = await openFaultSite();
/** @type {Record<string, Outcome & { seconds: number }>} */
const outcomes = {};
let late = false;
try {
  for (const [index, scenario] of chosen.entries()) {
    const times = count ?? scenario.counts[values.short ? 'short' : 'long'];
    console.log(`── ${scenario.name}: ${scenario.about} (${times})`);
    const started = Date.now();
    const folder = values.out && path.join(path.resolve(values.out), `${scenario.name}-${seed}-${times}`);
    if (folder) mkdirSync(folder, { recursive: true });
    try {
      const outcome = await scenario.run({
        count: times,
        seed,
        draws: new Draws(seed, index + 1000),
        site,
        tell: (line) => console.log(`   ${((Date.now() - started) / 1000).toFixed(0)} s  ${line}`),
        async part(name, work) {
          const file = folder && path.join(folder, `${name}.json`);
          if (file && existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
          if (Date.now() > until) throw new OutOfTime(`The minutes are over before ${name}.`);
          const made = await work();
          if (file) writeFileSync(file, JSON.stringify(made));
          return made;
        },
      });
      const seconds = Math.round((Date.now() - started) / 1000);
      outcomes[scenario.name] = { ...outcome, seconds };
      for (const [name, value] of Object.entries(outcome.figures)) console.log(`   ${name}: ${value}`);
      for (const failure of outcome.failures) console.log(`   FAILED ${failure}`);
      console.log(
        `   ${outcome.failures.length === 0 ? 'held' : 'DID NOT HOLD'}, ${outcome.done} times, ${seconds} s`,
      );
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      console.log(`   ${error.message}`);
      late = true;
    }
  }
} finally {
  await site.close();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ seed, outcomes }, null, 1)}\n`);
const failed = Object.values(outcomes).some(({ failures }) => failures.length > 0);
process.exit(failed ? 1 : late ? 3 : 0);
