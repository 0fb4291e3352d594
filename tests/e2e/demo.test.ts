/** The first visit: one press runs the demo on this machine, in the way that was chosen. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../src/run/result';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, until } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

it('trains with the old data of watched tasks, step by step, until it is stopped', async () => {
  await page.goto(site.page);
  await page.getByTestId('demo-method').getByText('With replay').click();
  await page.getByTestId('demo-run').click();
  await page.waitForURL(/#\/bench\/./);
  const id = new URL(page.url()).hash.split('/').at(-1)!;
  const read = (): Promise<RunResult | undefined> => page.evaluate((run) => window.lethe.run(run), id);
  const going = await until(read, ({ losses }) => losses.length >= 2);
  expect(going.config.method).toMatchObject({ name: 'replay', count: 200 });
  expect(going.config.plan).toMatchObject({
    stages: [{ task: 'support' }],
    watched: ['commands', 'topics', 'reviews'],
    rehearsed: ['commands', 'topics', 'reviews'],
  });
  expect(going.device?.backend).toBe('wasm');
  expect(going.matrix[0]?.scores.map(({ task }) => task)).toEqual([
    'support',
    'commands',
    'topics',
    'reviews',
  ]);
  // The form shows what runs, for whoever wants to change it afterwards.
  expect(await page.getByTestId('rehearsed-reviews').isChecked()).toBe(true);
  await page.getByTestId('stop').click();
  await until(read, ({ status }) => status === 'stopped');
});
