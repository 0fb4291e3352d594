/** The main job in Chromium, as a person does it: on the built page, with real input, on WebGPU. */
import { unzipSync } from 'fflate';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../src/run/result';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, settings, tensorDigests, until, uploads, type UploadedTask } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  page = await browser.newPage({ acceptDownloads: true });
  page.setDefaultTimeout(240_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const at = (testid: string) => page.getByTestId(testid);

async function upload(task: UploadedTask): Promise<void> {
  await at('file').setInputFiles(task.file);
  await at('template-input').fill(task.input);
  await at('template-target').fill(task.target);
  await at('task-name').fill(task.name);
  await at('task-metric').selectOption('exact-match');
  // The preview shows the prompts that will be trained on.
  await expect.poll(() => at('preview').innerText()).toContain(task.prompt);
  await expect
    .poll(() => at('part-sizes').innerText())
    .toBe('42 to train on, 6 for validation, 12 for the test');
  await at('mapping-accept').click();
  await at('mapping').waitFor({ state: 'detached' });
}

/** Every task that the page brings is left out of the plan, so that the uploads alone are trained. */
async function leaveOutSamples(): Promise<void> {
  const names = new Set(uploads.map(({ name }) => `Role of ${name}`));
  for (const group of await at('tasks').getByRole('radiogroup').all())
    if (!names.has((await group.getAttribute('aria-label')) ?? ''))
      await group.getByRole('radio', { name: 'Off' }).check({ force: true });
}

/** The run that the address names. */
const readRun = (): Promise<RunResult | undefined> =>
  page.evaluate((id) => window.lethe.run(id), new URL(page.url()).hash.split('/').at(-1)!);

/** Columns and filled cells of the chart's table. */
async function chartTable(): Promise<{ columns: string[]; rows: string[][] }> {
  const summary = at('chart-table');
  const details = page.locator('details', { has: summary });
  if ((await details.getAttribute('open')) === null) await summary.click();
  const table = details.locator('table');
  return table.evaluate((element: HTMLTableElement) => ({
    columns: Array.from(element.tHead!.rows[0]!.cells, (cell) => cell.innerText),
    rows: Array.from(element.tBodies[0]!.rows, (row) => Array.from(row.cells, (cell) => cell.innerText)),
  }));
}

/** How many pixels of the chart have the colour of a task's line. */
function linePixels(task: number): Promise<number> {
  return at('chart').evaluate((canvas: HTMLCanvasElement, index) => {
    const probe = document.createElement('canvas').getContext('2d')!;
    const holder = canvas.parentElement!;
    probe.fillStyle = getComputedStyle(holder).getPropertyValue(`--task-${index}`);
    probe.fillRect(0, 0, 1, 1);
    const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let count = 0;
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === red && data[i + 1] === green && data[i + 2] === blue && data[i + 3] === 255) count += 1;
    return count;
  }, task);
}

/** Presses the page's own pause button as soon as so many steps are told of: steps are too short to look on. */
function pauseAfter(steps: number): Promise<void> {
  return page.evaluate(
    (least) =>
      new Promise<void>((resolve) => {
        const stop = window.lethe.onEvent((event) => {
          const button = document.querySelector<HTMLElement>('[data-testid=pause]');
          if (event.type !== 'progress' || event.progress.step < least || !button) return;
          void stop.then((off) => off());
          button.click();
          resolve();
        });
      }),
    steps,
  );
}

/** Presses a button that exports, and reads the file. */
async function exported(testid: string): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), at(testid).click()]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** The pictures of a finished run are there, and what leaves the page says what the record says. */
async function lookAtPictures(run: RunResult): Promise<void> {
  const curves = await exported('export-csv');
  expect(curves.name).toMatch(/^lethe-.*-curves\.csv$/);
  const lines = curves.bytes.toString().split('\r\n');
  expect(lines).toHaveLength(1 + run.evaluations.length);
  const first = run.evaluations[0]!;
  expect(lines[1]).toContain(`,${first.score.value},${first.score.low},${first.score.high},4,${first.loss},`);
  expect(JSON.parse((await exported('export-json')).bytes.toString())).toEqual(run);
  const svg = (await exported('export-svg')).bytes.toString();
  for (const text of ['>Verdicts<', '>Queues<', '>training step<', '1 · Verdicts', `seed ${run.config.seed}`])
    expect(svg).toContain(text);
  const png = (await exported('matrix-png')).bytes;
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBeGreaterThan(1000);

  // What was lost: as many rows as the record has.
  const said = await at('lost-title').innerText();
  expect(said).toMatch(/^Right when each was learnt, wrong after Queues: \d of \d rows?\./);
  const lost = (await exported('lost-export-csv')).bytes.toString().split('\r\n').slice(1);
  const rows = lost.map((line) => Number(/,(\d+),/.exec(line.replace(/^"[^"]*"/, ''))?.[1]));
  expect(rows.reduce((sum, n) => sum + n, 0)).toBe(Number(/: (\d)/.exec(said)?.[1]));

  // Measured on the checkpoints when asked for, and kept.
  await at('measure-weights').click();
  await at('weights').waitFor();
  expect((await exported('weights-export-svg')).bytes.toString()).toContain('>encoder 1<');
  const { weightChanges } = await until(readRun, (now) => now.weightChanges !== undefined);
  expect(weightChanges![0]!.tensors.every(({ change, norm }) => change > 0 && norm > 0)).toBe(true);
}

it('trains two uploaded tasks, survives a reload in the middle, and exports what it trained', async () => {
  await page.goto(site.page);
  await page.getByTestId('run').waitFor();

  // Two files of people's own, with columns of other names, delimiters and encodings.
  for (const task of uploads) await upload(task);
  await leaveOutSamples();
  await at('backend').getByRole('radio', { name: 'WebGPU' }).check({ force: true });
  await at('settings').locator('summary').click();
  for (const [key, value] of Object.entries({ ...settings, everySteps: 70 }))
    await at(`setting-${key}`).fill(String(value));
  for (const stage of [0, 1]) await at(`stage-${stage}-amount`).fill('100');
  await at('run').click();

  // Interrupted in the middle of the second stage.
  await page.waitForURL(/#\/bench\/./);
  await pauseAfter(105);
  const interrupted = await until(readRun, ({ status }) => status === 'paused');
  expect(interrupted.step).toBeGreaterThanOrEqual(105);
  expect(interrupted.step).toBeLessThan(200);
  expect(interrupted.device?.backend).toBe('webgpu');
  await page.reload();

  // The run is there again, with its chart, and goes on to its end.
  await at('tab-runs').click();
  await expect.poll(() => at('run-link').count()).toBe(1);
  await at('run-link').click();
  const found = await until(readRun, ({ status }) => status === 'interrupted');
  expect(found.evaluations.length).toBeGreaterThanOrEqual(4);
  await expect.poll(async () => (await chartTable()).columns).toEqual(['step', 'Verdicts', 'Queues']);
  await at('resume').click();
  const run = await until(readRun, ({ status }) => status === 'finished');

  // Both lines are drawn, each with its points.
  const steps = async () => (await chartTable()).rows.map(([step]) => step);
  await expect.poll(steps).toEqual(['0', '70', '100', '140', '200']);
  const { columns, rows } = await chartTable();
  expect(columns).toEqual(['step', 'Verdicts', 'Queues']);
  for (const row of rows) for (const cell of row) expect(cell).toMatch(/^\d/);
  for (const task of [0, 1]) await expect.poll(() => linePixels(task)).toBeGreaterThan(50);
  expect(run.matrix.map(({ stage, scores }) => [stage, scores.length])).toEqual([
    [0, 2],
    [1, 2],
    [2, 2],
  ]);
  expect(run.losses).toHaveLength(200);
  expect(run.losses[99]!).toBeLessThan(run.losses[0]!);

  await lookAtPictures(run);

  // The exported weights are those that the same steps give without a reload, bit for bit.
  const [download] = await Promise.all([page.waitForEvent('download'), at('export-stage-2').click()]);
  const files = unzipSync(await readFile(await download.path()));
  expect(Object.keys(files).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'model.safetensors',
    'tokenizer.json',
    'tokenizer_config.json',
  ]);
  const batches = await site.batches(run.config);
  expect(batches.steps).toHaveLength(200);
  const other = await browser.newPage();
  await other.goto(site.retrain);
  const expected = await other.evaluate((training) => window.retrain(training), {
    model: 'model/',
    backend: 'webgpu' as const,
    config: run.config,
    steps: batches.steps,
  });
  expect(await tensorDigests(files['model.safetensors']!)).toEqual(expected);

  // The run leaves for PyTorch, and a result that comes from there stands beside it; what is none is refused.
  const [handoff] = await Promise.all([page.waitForEvent('download'), at('export-handoff').click()]);
  const program = unzipSync(await readFile(await handoff.path()));
  expect(JSON.parse(Buffer.from(program['run.json']!).toString())).toEqual(run.config);
  expect(await tensorDigests(program['model/model.safetensors']!)).not.toEqual(expected);
  const rowsIn = run.config.tasks.map(({ id }) =>
    Buffer.from(program[`tasks/${id}/train.jsonl`]!).toString(),
  );
  expect(rowsIn.map((text) => text.trim().split('\n').length)).toEqual([42, 42]);
  const device = { ...run.device, backend: 'pytorch' };
  const returned = JSON.stringify({ ...run, id: 'from-pytorch', name: 'Away, PyTorch', device });
  const file = (name: string, text: string) => ({
    name,
    mimeType: 'application/json',
    buffer: Buffer.from(text),
  });
  await at('nav-compare').click();
  await at('result-files').setInputFiles([file('result.json', returned), file('none.json', '{"version":1}')]);
  await page.getByText('none.json could not be opened: it is no RunResult').waitFor();
  const chosen = at('compare-runs').getByRole('checkbox', { checked: true });
  expect(await chosen.getAttribute('aria-label')).toContain('Away, PyTorch');

  expect(errors).toEqual([]);
});
