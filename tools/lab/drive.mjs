/** Runs a config in the real page and brings home its result and its checkpoint. */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { chromiumFlags } from '../../tests/browser/launch.mjs';
import { findBrowser } from '../../tests/browser/find.mjs';

/** @typedef {import('../../src/run/config').RunConfig} RunConfig */
/** @typedef {import('../../src/run/result').RunResult} RunResult */
/** @typedef {import('../../src/worker/protocol').Event} Event */

/**
 * @param {object} options
 * @param {string} options.url address of the page
 * @param {RunConfig} options.config
 * @param {(event: Event) => void} options.onEvent
 * @param {(message: string) => void} options.onPageError
 * @param {string | undefined} options.checkpointFolder written when the run leaves a checkpoint; without it nothing is run
 * @param {string} options.adapterFolder written when it leaves one of a run that trained LoRA adapters
 * @param {boolean} [options.leave] whether what the run leaves in the browser stays there: only its result is wanted
 * @param {import('../../src/worker/protocol').Measurement} [options.wanted] measured on its checkpoints once it has finished
 * @param {boolean} options.handoff whether to bring the zip that repeats the run on PyTorch
 * @returns {Promise<{ result: RunResult | undefined, zip: Buffer | undefined }>}
 */
export async function drive({
  url,
  config,
  onEvent,
  onPageError,
  checkpointFolder,
  adapterFolder,
  handoff,
  leave = false,
  wanted,
}) {
  // A profile on disk: private windows would keep the store's checkpoints in memory.
  const profile = mkdtempSync(path.join(tmpdir(), 'lethe-lab-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findBrowser('chromium'),
    headless: true,
    args: chromiumFlags,
  });
  try {
    const page = await context.newPage();
    /** @type {Promise<never>} */
    const crashed = new Promise((_resolve, reject) => {
      page.once('crash', () => reject(new Error('the page crashed; was there enough memory?')));
      context.once('close', () => reject(new Error('the browser closed')));
    });
    crashed.catch(() => undefined);
    page.on('pageerror', (error) => onPageError(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') onPageError(message.text());
    });
    await page.exposeFunction('labEvent', onEvent);
    await page.goto(url);
    await page.waitForFunction(() => 'lethe' in window);
    /** @type {Buffer[]} */
    let pieces = [];
    await page.exposeFunction('labPiece', (/** @type {string} */ base64) => {
      pieces.push(Buffer.from(base64, 'base64'));
    });
    await teachSending(page);
    /** @param {Promise<void>} work */
    const received = async (work) => {
      await Promise.race([work, crashed]);
      const whole = Buffer.concat(pieces);
      pieces = [];
      return whole;
    };
    /** @param {string} [runId] */
    const packed = async (runId) => (handoff ? await received(sendHandoff(page, config, runId)) : undefined);
    if (checkpointFolder === undefined) return { result: undefined, zip: await packed() };
    const started = page.evaluate(async (run) => {
      // Pieces of an export are events too, and too large to send twice.
      await window.lethe.onEvent((event) => {
        if (event.type !== 'chunk') /** @type {any} */ (window).labEvent(event);
      });
      return window.lethe.start(run);
    }, config);
    const runId = await Promise.race([started, crashed]);
    // A place of the page that draws nothing of the run leaves the processor to it.
    await page.evaluate(() => (location.hash = '#/lessons'));
    const finished = page.evaluate((id) => window.lethe.finished(id), runId);
    let result = await Promise.race([finished, crashed]);
    if (wanted) result = (await Promise.race([measured(page, runId, wanted), crashed])) ?? result;
    if (leave) return { result, zip: undefined };
    const last = (await page.evaluate((id) => window.lethe.checkpoints(id), runId)).at(-1)?.checkpointId;
    if (last !== undefined) {
      unzipInto(await received(sendCheckpoint(page, runId, last, 'model')), checkpointFolder);
      if (result.config.lora)
        unzipInto(await received(sendCheckpoint(page, runId, last, 'adapter')), adapterFolder);
    }
    return { result, zip: await packed(runId) };
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Gives the page a way to send the pieces of a file to `labPiece`.
 * @param {import('playwright-core').Page} page
 */
async function teachSending(page) {
  await page.evaluate(() => {
    const { labPiece } = /** @type {any} */ (window);
    /** @type {any} */ (window).labSend = async (/** @type {AsyncIterable<Uint8Array>} */ pieces) => {
      for await (const bytes of pieces)
        for (let from = 0; from < bytes.length; from += 0x8000 * 30) {
          // What crosses to Node is text; a whole number of threes leaves no padding between the parts.
          let binary = '';
          const part = bytes.subarray(from, from + 0x8000 * 30);
          for (let i = 0; i < part.length; i += 0x8000)
            binary += String.fromCharCode(...part.subarray(i, i + 0x8000));
          await labPiece(btoa(binary));
        }
    };
  });
}

/**
 * The record of a run with what was measured on its checkpoints.
 * @param {import('playwright-core').Page} page
 * @param {string} runId
 * @param {import('../../src/worker/protocol').Measurement} wanted
 */
function measured(page, runId, wanted) {
  return page.evaluate(
    ([id, what]) => window.lethe.measure(id, what),
    /** @type {[string, import('../../src/worker/protocol').Measurement]} */ ([runId, wanted]),
  );
}

/**
 * The zip of a checkpoint of a run, or of its adapters.
 * @param {import('playwright-core').Page} page
 * @param {string} runId
 * @param {string} checkpointId
 * @param {'model' | 'adapter'} content
 */
async function sendCheckpoint(page, runId, checkpointId, content) {
  await page.evaluate(
    ([id, checkpoint, what]) =>
      /** @type {any} */ (window).labSend(window.lethe.exportCheckpoint(id, checkpoint, what)),
    /** @type {[string, string, 'model' | 'adapter']} */ ([runId, checkpointId, content]),
  );
}

/**
 * The zip that repeats a plan on PyTorch.
 * @param {import('playwright-core').Page} page
 * @param {RunConfig} config
 * @param {string | undefined} runId of a run whose result goes with it
 */
async function sendHandoff(page, config, runId) {
  await page.evaluate(
    ([run, id]) => /** @type {any} */ (window).labSend(window.lethe.exportHandoff(run, id)),
    /** @type {[RunConfig, string | undefined]} */ ([config, runId]),
  );
}

/**
 * @param {Uint8Array} zip
 * @param {string} folder
 * @throws {Error} when an entry would land outside of the folder
 */
export function unzipInto(zip, folder) {
  const target = path.resolve(folder);
  rmSync(target, { recursive: true, force: true });
  for (const [name, bytes] of Object.entries(unzipSync(zip))) {
    const file = path.resolve(target, name);
    if (!file.startsWith(target + path.sep))
      throw new Error(`the archive holds ${name}, outside of its folder`);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, bytes);
  }
}

/**
 * A hand-off with the config that the person wrote in the place of the one that was served.
 * @param {Uint8Array} zip
 * @param {RunConfig} config
 * @param {(text: string) => string} named from addresses to what they stand for
 */
export function withOwnConfig(zip, config, named) {
  const files = unzipSync(zip);
  const { 'browser.json': result, 'README.md': readme } = files;
  /** @param {unknown} value */
  const json = (value) => strToU8(`${JSON.stringify(value, null, 2)}\n`);
  files['run.json'] = json(config);
  if (readme) files['README.md'] = strToU8(named(strFromU8(readme)));
  if (result) files['browser.json'] = json({ ...JSON.parse(strFromU8(result)), config });
  return zipSync(files, { level: 1 });
}
