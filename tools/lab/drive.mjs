/** Runs a config in the real page and brings home its result and its checkpoint. */
import { unzipSync } from 'fflate';
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
 * @param {string} options.checkpointFolder written when the run leaves a checkpoint
 * @param {string} options.adapterFolder written when it leaves one of a run that trained LoRA adapters
 * @returns {Promise<RunResult>}
 */
export async function drive({ url, config, onEvent, onPageError, checkpointFolder, adapterFolder }) {
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
    const started = page.evaluate(async (run) => {
      // Pieces of an export are events too, and too large to send twice.
      await window.lethe.onEvent((event) => {
        if (event.type !== 'chunk') /** @type {any} */ (window).labEvent(event);
      });
      return window.lethe.start(run);
    }, config);
    const runId = await Promise.race([started, crashed]);
    const finished = page.evaluate((id) => window.lethe.finished(id), runId);
    const result = await Promise.race([finished, crashed]);
    const last = (await page.evaluate((id) => window.lethe.checkpoints(id), runId)).at(-1)?.checkpointId;
    if (last !== undefined) {
      const exporting = await exporter(page, runId, last);
      await Promise.race([exporting('model', checkpointFolder), crashed]);
      if (result.config.lora) await Promise.race([exporting('adapter', adapterFolder), crashed]);
    }
    return result;
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * @param {import('playwright-core').Page} page
 * @param {string} runId
 * @param {string} checkpointId
 * @returns {Promise<(content: 'model' | 'adapter', folder: string) => Promise<void>>} exports one or the other
 */
async function exporter(page, runId, checkpointId) {
  /** @type {Buffer[]} */
  const pieces = [];
  await page.exposeFunction('labPiece', (/** @type {string} */ base64) => {
    pieces.push(Buffer.from(base64, 'base64'));
  });
  return async (content, folder) => {
    pieces.length = 0;
    await page.evaluate(async ([id, checkpoint, what]) => {
      for await (const bytes of window.lethe.exportCheckpoint(id, checkpoint, what))
        for (let from = 0; from < bytes.length; from += 0x8000 * 30) {
          // What crosses to Node is text; a whole number of threes leaves no padding between the parts.
          let binary = '';
          const part = bytes.subarray(from, from + 0x8000 * 30);
          for (let i = 0; i < part.length; i += 0x8000)
            binary += String.fromCharCode(...part.subarray(i, i + 0x8000));
          await /** @type {any} */ (window).labPiece(btoa(binary));
        }
    }, /** @type {[string, string, 'model' | 'adapter']} */ ([runId, checkpointId, content]));
    unzipInto(Buffer.concat(pieces), folder);
  };
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
