/**
 * npm run hub -- [--geometry flan-t5-small|flan-t5-base|t5-efficient-mini|t5-efficient-tiny|tiny] [--lora]
 *   [--backend wasm|webgpu] [--python PYTHON] [--json FILE]
 *
 * The way of a model through the browser, with a checkpoint of random weights that transformers makes: streamed from
 * a Hub on this machine over three cut connections, kept, loaded, three LoRA steps, one full step, kept as a checkpoint,
 * exported as the page does it, loaded in transformers again, logits compared. With --lora it ends after the LoRA
 * steps, for a model that is too large for more, and the logits are compared with those of the checkpoint as it was
 * made. Prints seconds and the browser's peak memory of each. Exits 1 when the logits differ.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { launchChromium } from '../../tests/browser/launch.mjs';
import { buildTestPage } from '../../tests/browser/page.mjs';
import { startHub } from '../../tests/hub/lookAlike.mjs';
import { measured } from '../memory.mjs';
import { serve } from '../serve.mjs';

const { values } = parseArgs({
  options: {
    geometry: { type: 'string', default: 'flan-t5-small' },
    lora: { type: 'boolean', default: false },
    backend: { type: 'string', default: 'wasm' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
const script = path.join(import.meta.dirname, 'checkpoint.py');
const folder = mkdtempSync(path.join(tmpdir(), 'lethe-hub-'));
const source = path.join(folder, 'made');
/** What transformers loads in the end. */
const target = values.lora ? source : path.join(folder, 'exported/');
const archive = path.join(folder, 'checkpoint.zip');

/** @type {{ step: string, seconds: number, peakMiB: number | null, told: unknown }[]} */
const rows = [];
/** @param {string} step @param {() => Promise<unknown>} work */
async function row(step, work) {
  const { told, seconds, peakMiB } = await measured(work);
  rows.push({ step, seconds, peakMiB, told });
  const memory = peakMiB === null ? '' : `${peakMiB.toFixed(0)} MiB`;
  console.log(`${step.padEnd(8)} ${seconds.toFixed(1).padStart(7)} s ${memory}  ${JSON.stringify(told)}`);
}

/** @param {string} work @param {string} where */
const python = (work, where) =>
  execFileSync(values.python, [script, work, where, '--geometry', values.geometry], { encoding: 'utf8' });

python('make', source);
const weights = path.join(source, 'model.safetensors');
const files = ['config.json', 'generation_config.json', 'tokenizer.json', 'tokenizer_config.json'];
const hub = await startHub({
  repos: {
    'someone/model': {
      files: {
        ...Object.fromEntries(
          files.map((name) => [name, new Uint8Array(readFileSync(path.join(source, name)))]),
        ),
        'model.safetensors': weights,
      },
    },
  },
});
const { size } = statSync(weights);
for (const share of [0.25, 0.3, 0.2])
  hub.fail('models/someone/model/model.safetensors', { cutAfter: Math.floor(share * size) });
const taken = createServer((request, response) => {
  const headers = { 'Access-Control-Allow-Origin': '*' };
  const name = path.basename(request.url ?? '');
  /** @type {Buffer[]} */
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    if (request.method === 'POST') appendFileSync(path.join(target, name), Buffer.concat(parts));
    response.writeHead(200, headers).end();
  });
});
await new Promise((resolve) => taken.listen(0, '127.0.0.1', () => resolve(undefined)));
const { port } = /** @type {import('node:net').AddressInfo} */ (taken.address());
mkdirSync(target, { recursive: true });
const page = await buildTestPage(path.join(import.meta.dirname, 'page'));
const server = await serve({ mounts: { '/': page.folder } });
const browser = await launchChromium();
try {
  const tab = await browser.newPage();
  tab.setDefaultTimeout(0);
  await tab.goto(`${server.origin}/`);
  await tab.waitForFunction(() => 'steps' in window);
  await row('stream', () => tab.evaluate((address) => window.steps.stream(address), hub.hub));
  await row('load', () => tab.evaluate((backend) => window.steps.load(backend), values.backend));
  await row('lora', () => tab.evaluate(() => window.steps.lora()));
  if (!values.lora) {
    await row('full', () => tab.evaluate(() => window.steps.full()));
    await row('keep', () => tab.evaluate(() => window.steps.keep()));
    await row('export', async () => {
      const [download] = await Promise.all([
        tab.waitForEvent('download', { timeout: 0 }),
        tab.evaluate(() => window.steps.export()),
      ]);
      await download.saveAs(archive);
      return statSync(archive).size;
    });
  }
  await tab.evaluate((to) => window.steps.logits(to), `http://localhost:${port}/`);
} finally {
  await browser.close();
  await server.close();
  await hub.close();
  taken.close();
  page.remove();
}
try {
  if (!values.lora) execFileSync(values.python, ['-m', 'zipfile', '-e', archive, target]);
  const parts = hub.asked.filter(({ host, headers }) => host === 'storage' && headers.range !== undefined);
  console.log(`${size} bytes of weights, taken up again ${parts.length} times`);
  if (parts.length !== 3) process.exitCode = 1;
  console.log(`transformers: ${python('check', target).trim()}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(rows, null, 1)}\n`);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
