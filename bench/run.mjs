/**
 * npm run bench -- [NAME...] [--json FILE] [--in chromium|firefox] [--backend webgpu|wasm] [--peer NAME] [--rounds N]
 *
 * Measures our engine and its peers in turn in one page, and prints a row for each pair. A NAME is that of a
 * benchmark or begins the names of several; without one all run. Exits 1 when a benchmark fails.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { launch } from '../tests/browser/launch.mjs';
import { buildTestPage } from '../tests/browser/page.mjs';
import { serve } from '../tools/serve.mjs';
import { makeRow } from './harness/rows.mjs';
import { table } from './harness/table.mjs';
import { openTorch } from './peers/torch.mjs';

/** @typedef {import('./harness/rows.mjs').Row} Row */

const root = path.resolve(import.meta.dirname, '..');

/** @param {string} message @returns {never} */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

function readCommand() {
  let parsed;
  try {
    parsed = parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'string' },
        in: { type: 'string', default: 'chromium' },
        backend: { type: 'string' },
        peer: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string', default: '5' },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const { in: browser, backend, json, peer } = values;
  const rounds = Number(values.rounds);
  if (browser !== 'chromium' && browser !== 'firefox')
    return refuse(`--in is chromium or firefox, not ${browser}`);
  if (backend !== undefined && backend !== 'webgpu' && backend !== 'wasm')
    return refuse(`--backend is webgpu or wasm, not ${backend}`);
  if (!Number.isInteger(rounds) || rounds < 1)
    refuse(`--rounds is a whole number above 0, not ${values.rounds}`);
  /** @type {('webgpu' | 'wasm')[]} */
  let backends = ['webgpu', 'wasm'];
  if (backend !== undefined) backends = [backend];
  // Firefox is here for its WebGPU, which is another implementation.
  else if (browser === 'firefox') backends = ['webgpu'];
  return {
    names: positionals,
    json,
    browser: /** @type {'chromium' | 'firefox'} */ (browser),
    backends,
    peers: peer,
    rounds,
  };
}

const { names, json, browser: browserName, backends, peers, rounds } = readCommand();
const context = { browser: browserName, backends, peers, rounds };
const torch = openTorch();
const built = await buildTestPage(path.join(root, 'bench'));
const server = await serve({
  mounts: { '/': built.folder, '/fixture/': path.join(root, 'tests/fixtures/parity') },
});

/** A page of its own in a browser of its own: nothing is left over from what was measured before. */
async function openPage() {
  const browser = await launch(browserName);
  const page = await browser.newPage();
  await page.exposeFunction('say', (/** @type {string} */ line) => console.log(line));
  if (torch) await page.exposeFunction('torch', (/** @type {string} */ request) => torch.ask(request));
  await page.goto(`${server.origin}/`);
  return { page, close: () => browser.close() };
}

/** The parts asked for, by the names of their benchmarks. */
async function choose() {
  const { page, close } = await openPage();
  try {
    const all = await page.evaluate(() => window.bench.names, undefined);
    const unknown = names.find((name) => !all.some((bench) => bench.startsWith(name)));
    if (unknown !== undefined) refuse(`no benchmark is named ${unknown}; there are ${all.join(', ')}`);
    const chosen = all.filter((bench) => names.length === 0 || names.some((name) => bench.startsWith(name)));
    const parts = chosen.map(async (name) => {
      const labels = await page.evaluate(
        ([bench, asked]) => window.bench.parts(bench, asked),
        /** @type {const} */ ([name, context]),
      );
      return labels.map(({ label, once }, part) => ({ name, label, once, part }));
    });
    return (await Promise.all(parts)).flat();
  } finally {
    await close();
  }
}

/**
 * One part in a page of its own, or in as many as there are rounds.
 * @param {{ name: string, part: number, once: boolean }} part
 * @returns {Promise<Row[]>}
 */
async function measure({ name, part, once }) {
  /** @type {import('./harness/context').Sample[]} */
  const joined = [];
  for (let round = 0; round < (once ? rounds : 1); round++) {
    const { page, close } = await openPage();
    try {
      const samples = await page.evaluate(
        ([bench, index, asked]) => window.bench.run(bench, index, asked),
        /** @type {const} */ ([name, part, context]),
      );
      samples.forEach((sample, i) => {
        const before = joined[i];
        before?.ours.push(...sample.ours);
        before?.peer?.push(...(sample.peer ?? []));
        joined[i] = before ?? sample;
      });
    } finally {
      await close();
    }
  }
  return joined.map(({ head, ours, peer }) => makeRow({ ...head, browser: browserName }, ours, peer));
}

/** @type {Row[]} */
const rows = [];
try {
  for (const part of await choose()) {
    console.log(part.label);
    try {
      const found = await measure(part);
      rows.push(...found);
      if (found.length > 0) console.log(table(found));
    } catch (error) {
      // Playwright appends the browser's own log.
      const [message = ''] = String(error).split('\n', 1);
      console.error(`${part.name}: ${message}`);
      process.exitCode = 1;
    }
  }
} finally {
  await server.close();
  built.remove();
  torch?.close();
}
console.log(`\n${table(rows)}`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
