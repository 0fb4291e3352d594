/**
 * npm run parity -- FOLDER... [--backend webgpu|wasm] [--browser chromium|firefox] [--json FILE] [--adapters FOLDER]
 *
 * Runs our engine in a browser on fixtures of make_fixture.py and prints, for each quantity, the largest absolute
 * and relative difference, and whether it passes. Without --backend both backends run; without a folder, the
 * fixtures of the repository. --adapters keeps the adapters that were trained on the way, with the logits that we
 * compute with them, for check_adapter.py. Exits 1 when a check fails, 2 on a wrong command line.
 */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { launch } from '../../tests/browser/launch.mjs';
import { buildTestPage } from '../../tests/browser/page.mjs';
import { serve } from '../serve.mjs';

const root = path.resolve(import.meta.dirname, '../..');

/** @typedef {import('../../tests/parity/compare').Check} Check */

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
        backend: { type: 'string' },
        browser: { type: 'string' },
        json: { type: 'string' },
        adapters: { type: 'string' },
      },
    });
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error));
  }
  const { values, positionals } = parsed;
  const { backend, browser = 'chromium' } = values;
  if (backend !== undefined && backend !== 'webgpu' && backend !== 'wasm')
    refuse(`--backend is webgpu or wasm, not ${backend}`);
  if (browser !== 'chromium' && browser !== 'firefox')
    return refuse(`--browser is chromium or firefox, not ${browser}`);
  const committed = path.join(root, 'tests/fixtures/parity');
  const folders = (
    positionals.length > 0 ? positionals : readdirSync(committed).map((name) => path.join(committed, name))
  ).map((folder) => path.resolve(folder));
  for (const folder of folders)
    if (!existsSync(path.join(folder, 'cases.json'))) refuse(`${folder} has no cases.json; is it a fixture?`);
  return {
    folders,
    browser: /** @type {'chromium' | 'firefox'} */ (browser),
    backends: /** @type {('webgpu' | 'wasm')[]} */ (backend === undefined ? ['webgpu', 'wasm'] : [backend]),
    json: values.json,
    adapters: values.adapters,
  };
}

/**
 * @param {Check} check
 * @param {number} seconds
 */
function line({ quantity, passed, absolute, relative, detail }, seconds) {
  const figures =
    absolute === undefined || relative === undefined
      ? ''.padEnd(24)
      : `abs ${absolute.toExponential(1)}  rel ${relative.toExponential(1)}`.padEnd(24);
  return `  ${passed ? 'pass' : 'FAIL'}  ${quantity.padEnd(38)} ${figures} ${seconds.toFixed(1).padStart(6)} s  ${detail}`;
}

const { folders, browser: browserName, backends, json, adapters } = readCommand();
const built = await buildTestPage(path.join(root, 'tests/parity'));
const server = await serve({
  mounts: {
    '/': built.folder,
    ...Object.fromEntries(folders.map((folder, i) => [`/fixture/${i}/`, folder])),
  },
});
const browser = await launch(browserName);
let passed = 0;
let failed = 0;
try {
  for (const [index, folder] of folders.entries()) {
    for (const backend of backends) {
      console.log(`${path.relative(process.cwd(), folder) || folder} in ${browserName} on ${backend}`);
      /** @param {Check} check @param {number} since */
      const report = (check, since) => {
        console.log(line(check, (Date.now() - since) / 1000));
        if (check.passed) passed += 1;
        else failed += 1;
      };
      let since = Date.now();
      try {
        // A page for each, so that nothing is left over from the one before.
        const page = await browser.newPage();
        await page.goto(`${server.origin}/`);
        const device = await page.evaluate((fixture) => window.parity.open(fixture), {
          url: `fixture/${index}/`,
          backend,
        });
        console.log(`  ${device}`);
        for (;;) {
          since = Date.now();
          const check = await page.evaluate(() => window.parity.next(), undefined);
          if (check === null) break;
          report(check, since);
        }
        if (adapters !== undefined) {
          const beside = path.join(adapters, path.basename(folder), backend);
          for (const { name, files } of await page.evaluate(() => window.parity.trained(), undefined)) {
            mkdirSync(path.join(beside, name), { recursive: true });
            for (const { path: file, base64 } of files)
              writeFileSync(path.join(beside, name, file), Buffer.from(base64, 'base64'));
          }
        }
        await page.close();
      } catch (error) {
        report({ quantity: 'the rest', passed: false, detail: String(error).split('\n', 1)[0] ?? '' }, since);
      }
    }
  }
} finally {
  await browser.close();
  await server.close();
  built.remove();
}
console.log(`parity: ${passed} passed, ${failed} failed`);
if (json !== undefined) writeFileSync(json, JSON.stringify({ passed, failed }));
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
