/** The built page on a host that knows nothing of it: threads after the first visit, and no network after that. */
import { availableParallelism } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, sampleRun } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite({ isolated: false, micro: false });
  browser = await launchChromium();
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const config = sampleRun(2);

/** False while the page is on its way: it reloads itself once, and takes the question with it. */
const isolated = (): Promise<boolean> =>
  page.evaluate(() => crossOriginIsolated && document.querySelector('main') !== null).catch(() => false);

it('isolates itself on a plain host, and trains without a network', async () => {
  const response = await page.goto(site.page);
  expect(response?.headers()['cross-origin-embedder-policy']).toBeUndefined();
  await expect.poll(isolated).toBe(true);

  await page.getByTestId('nav-shelf').click();
  await page.getByTestId('offline-ready').waitFor();
  await site.close();
  await page.reload();
  await expect.poll(isolated).toBe(true);

  const run = await page.evaluate(
    async (plan) => window.lethe.finished(await window.lethe.start(plan)),
    config,
  );
  expect(run.error).toBeUndefined();
  expect(run.status).toBe('finished');
  expect(run.losses).toHaveLength(2);
  // Shared memory is what threads need; how many start is the machine's affair.
  expect(run.device?.backend).toBe('wasm');
  expect(run.device?.threads).toBeGreaterThan(availableParallelism() > 1 ? 1 : 0);
  expect(errors).toEqual([]);
});
