/**
 * npm run large -- data [--bytes N] [--format csv|jsonl] [--json FILE]
 *
 * Drops a file of 2 GB (made here, deleted after) on the built page in Chromium: seconds until its first rows are
 * shown, until it has been read, and the browser's peak memory over what it held before. Checks that the rows kept
 * are a fair sample, that what is kept of it is small, and that Cancel ends the reading. Exits 1 when one is not so.
 */
import { unzipSync } from 'fflate';
import { readFileSync } from 'node:fs';
import { launchChromium } from '../../tests/browser/launch.mjs';
import { childMemory, childReads, measured } from '../memory.mjs';
import { dist, ensureBuild } from '../project.mjs';
import { serve } from '../serve.mjs';
import { dropFile, writeRows } from './rows.mjs';

/** @typedef {{ format: string, bytes: number, rows: number, previewSeconds: number, previewShare: number, seconds: number, startMiB: number | null, peakMiB: number | null, kept: number }} Row */

/** @param {import('playwright-core').Page} tab */
const facts = (tab) => tab.getByTestId('file-facts').innerText();

/**
 * Has the page note when its first rows appear: seconds after the drop, and how much of the file had been read then,
 * from 0 to 1, by the bar that it shows.
 * @param {import('playwright-core').Page} tab
 * @returns {Promise<() => Promise<{ seconds: number, share: number }>>} waits for them
 */
async function watchPreview(tab) {
  await tab.evaluate(() => {
    /** @type {any} */ (window).firstRows = new Promise((resolve) => {
      let dropped = NaN;
      addEventListener('drop', () => (dropped = performance.now()), { capture: true, once: true });
      const observer = new MutationObserver(() => {
        if (!document.querySelector('[data-testid=preview] .answer')) return;
        observer.disconnect();
        const bar = document.querySelector('[data-testid=download] progress');
        const share = bar instanceof HTMLProgressElement && bar.position >= 0 ? bar.position : 1;
        resolve({ seconds: (performance.now() - dropped) / 1000, share });
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
  });
  return () => tab.evaluate(() => /** @type {any} */ (window).firstRows);
}

/**
 * Every sampled row, from the project file that the page saves.
 * @param {import('playwright-core').Page} tab
 */
async function keptRows(tab) {
  await tab.getByTestId('nav-shelf').click();
  const [download] = await Promise.all([
    tab.waitForEvent('download'),
    tab.getByTestId('project-save').click(),
  ]);
  const files = unzipSync(readFileSync(await download.path()));
  const name = Object.keys(files).find((path) => /^datasets\/.*\.jsonl$/.test(path));
  if (name === undefined) throw new Error(`no data set in ${Object.keys(files).join(', ')}`);
  const text = new TextDecoder().decode(files[name]);
  return text
    .trim()
    .split('\n')
    .map((line) => /** @type {{ id: string }} */ (JSON.parse(line)));
}

/**
 * How far from evenly spread: the largest distance between the share of rows below a place and that place, times the
 * root of their number (Kolmogorov's statistic; 1.95 is passed by one fair sample in a thousand).
 * @param {number[]} ids @param {number} rows
 */
function unevenness(ids, rows) {
  const sorted = [...ids].sort((a, b) => a - b);
  const apart = sorted.map((id, i) => Math.abs((i + 0.5) / sorted.length - (id + 0.5) / rows));
  return Math.max(...apart) * Math.sqrt(sorted.length);
}

/**
 * @param {string} folder for the file
 * @param {{ bytes: number, format: 'csv' | 'jsonl' }} what
 * @returns {Promise<Row>}
 */
export async function dropLarge(folder, { bytes, format }) {
  await ensureBuild();
  const { file, rows, size } = writeRows(folder, format, bytes);
  const server = await serve({ mounts: { '/': dist } });
  const browser = await launchChromium();
  try {
    const tab = await (await browser.newContext({ acceptDownloads: true })).newPage();
    tab.setDefaultTimeout(10 * 60_000);
    await tab.goto(`${server.origin}/#/bench`);
    await tab.getByTestId('run').waitFor();

    // Cancelled at its first rows: the dialog goes, and nobody reads on.
    await dropFile(tab, file);
    await tab.getByTestId('preview').getByText('→').first().waitFor();
    await tab.getByTestId('mapping-cancel').click();
    await tab.getByTestId('mapping').waitFor({ state: 'detached' });
    await tab.waitForTimeout(1000);
    const before = childReads();
    await tab.waitForTimeout(2000);
    const after = childReads();
    if (before !== null && after !== null && after - before > 20e6)
      throw new Error(`${Math.round((after - before) / 1e6)} MB were read after Cancel`);

    const startMiB = childMemory();
    const firstRows = await watchPreview(tab);
    let shown = { seconds: NaN, share: NaN };
    const { seconds, peakMiB } = await measured(async () => {
      await dropFile(tab, file);
      shown = await firstRows();
      await tab.getByTestId('download').waitFor({ state: 'detached' });
    });
    const said = await tab.getByTestId('findings').innerText();
    if (!said.includes('rows are drawn at random'))
      throw new Error(`expected a sample; the page says: ${said}`);
    console.log(`${await facts(tab)}; ${said}`);
    await tab.getByTestId('mapping-accept').click();
    await tab.getByTestId('mapping').waitFor({ state: 'detached' });
    const kept = await keptRows(tab);
    const uneven = unevenness(
      kept.map(({ id }) => Number(id)),
      rows,
    );
    if (new Set(kept.map(({ id }) => id)).size !== kept.length) throw new Error('a row was drawn twice');
    if (!(uneven < 1.95)) throw new Error(`the sample is not even: ${uneven.toFixed(2)}`);
    return {
      format,
      bytes: size,
      rows,
      previewSeconds: shown.seconds,
      previewShare: shown.share,
      seconds,
      startMiB,
      peakMiB,
      kept: kept.length,
    };
  } finally {
    await browser.close();
    await server.close();
  }
}

/** @param {Row} row */
export function told({ format, bytes, rows, previewSeconds, seconds, startMiB, peakMiB, kept }) {
  const memory =
    peakMiB === null ? '' : `, ${peakMiB.toFixed(0)} MiB at most, ${(startMiB ?? 0).toFixed(0)} before`;
  return `${format}, ${(bytes / 1e9).toFixed(2)} GB, ${rows} rows: first rows after ${previewSeconds.toFixed(2)} s, all read after ${seconds.toFixed(1)} s${memory}; ${kept} rows kept`;
}
