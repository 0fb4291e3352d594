/** The main job in Firefox, whose WebGPU is another implementation: shorter, and without an interruption. */
import { unzipSync } from 'fflate';
import type { Browser, ElementHandle, Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchFirefox } from '../browser/launch.mjs';
import { openSite, settings, tensorDigests, until, uploads, type UploadedTask } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchFirefox();
  page = await browser.newPage();
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => errors.push(String(error)));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const css = (testid: string) => `[data-testid="${testid}"]`;
const at = (testid: string) => page.locator(css(testid));
const text = (testid: string) => page.$eval(css(testid), (element) => (element as HTMLElement).innerText);

async function upload(task: UploadedTask): Promise<void> {
  const input = (await page.$(css('file'))) as ElementHandle<HTMLInputElement>;
  await input.uploadFile(task.file);
  await at('template-input').fill(task.input);
  await at('template-target').fill(task.target);
  await at('task-name').fill(task.name);
  await at('task-metric').fill('exact-match');
  await expect.poll(() => text('preview')).toContain(task.prompt);
  await at('mapping-accept').click();
  await page.waitForSelector(css('mapping'), { hidden: true });
}

/** Radio buttons lie under their labels. */
const choose = (group: string, value: string) =>
  page.$eval(`${group} input[value="${value}"]`, (input) => input.click());

it('trains two uploaded tasks on its own WebGPU, and finds the run again', async () => {
  await page.goto(site.page);
  await page.waitForSelector(css('run'));
  for (const task of uploads) await upload(task);
  const roles = await page.$$eval(`${css('tasks')} [role=radiogroup]`, (groups) =>
    groups.map((group) => group.getAttribute('aria-label') ?? ''),
  );
  for (const role of roles)
    if (!uploads.some(({ name }) => role === `Role of ${name}`))
      await choose(`[aria-label="${role}"]`, 'off');
  await choose(css('backend'), 'webgpu');
  await page.$eval(css('settings'), (details) => ((details as HTMLDetailsElement).open = true));
  for (const [key, value] of Object.entries(settings)) await at(`setting-${key}`).fill(String(value));
  for (const stage of [0, 1]) await at(`stage-${stage}-amount`).fill('2');
  await at('run').click();

  await page.waitForFunction(() => location.hash.startsWith('#/bench/'));
  const runId = new URL(page.url()).hash.split('/').at(-1)!;
  const read = () => page.evaluate((id) => window.lethe.run(id), runId);
  await until(read, ({ status }) => status === 'finished');
  await page.reload();
  await page.waitForSelector(css('run'));

  await at('tab-runs').click();
  await at('run-link').click();
  await at('chart-table').click();
  const table = `details:has(${css('chart-table')}) table`;
  await page.waitForSelector(table);
  const heads = (rows: string) => () =>
    page.$$eval(`${table} ${rows} th`, (cells) => cells.map((cell) => cell.innerText));
  await expect.poll(heads('thead')).toEqual(['step', 'Verdicts', 'Queues']);
  await expect.poll(heads('tbody')).toEqual(['0', '2', '3', '4']);
  const run = (await read())!;
  expect(run.device).toMatchObject({ backend: 'webgpu' });
  expect(run.device!.userAgent).toContain('Firefox');
  expect(run.matrix).toHaveLength(3);

  // The checkpoint holds what the same steps give without the product around them.
  const exported = await page.evaluate(async (id) => {
    let binary = '';
    for await (const bytes of window.lethe.exportCheckpoint(id, 'stage-2'))
      for (const byte of bytes) binary += String.fromCharCode(byte);
    return btoa(binary);
  }, runId);
  const files = unzipSync(Buffer.from(exported, 'base64'));
  const other = await browser.newPage();
  await other.goto(site.retrain);
  const expected = await other.evaluate((training) => window.retrain(training), {
    model: 'model/',
    backend: 'webgpu' as const,
    config: run.config,
    steps: (await site.batches(run.config)).steps,
  });
  expect(await tensorDigests(files['model.safetensors']!)).toEqual(expected);
  expect(errors).toEqual([]);
});
