/** A new build in the place of the one that is kept: it waits until the person takes it, and takes nothing from them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dist, ensureBuild } from '../../tools/project.mjs';
import { serve } from '../../tools/serve.mjs';
import { launchChromium } from '../browser/launch.mjs';
import { sampleRun } from './site';

const mounts: Record<string, string> = {};
const folder = mkdtempSync(path.join(tmpdir(), 'lethe-update-'));
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  await ensureBuild();
  mounts['/app/'] = dist;
  server = await serve({ mounts });
  browser = await launchChromium();
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});

afterAll(async () => {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts a changed file of the build in the place of the one that was built. */
function replace(name: string, change: (text: string) => string): void {
  const text = readFileSync(path.join(dist, name), 'utf8');
  const changed = change(text);
  expect(changed).not.toBe(text);
  const file = path.join(folder, name);
  writeFileSync(file, changed);
  mounts[`/app/${name}`] = file;
}

const build = () => page.evaluate(() => document.documentElement.dataset['build'] ?? 'first');

it('offers a new build, goes on with the old one until it is taken, and keeps what was run', async () => {
  await page.goto(`${server.origin}/app/#/bench`);
  await expect
    .poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null), { timeout: 60_000 })
    .toBe(true);
  const id = await page.evaluate(async (plan) => {
    const run = await window.lethe.start(plan);
    await window.lethe.finished(run);
    return run;
  }, sampleRun(2));

  replace('index.html', (html) => html.replace('<html', '<html data-build="second"'));
  // What the worker knows of the page's files changes with them, and so does its own script.
  replace('serviceWorker.js', (script) =>
    script.replace(/(index\.html[`"'],"?revision"?:\s*[`"'])[^`"']+/, '$1of-the-second-build'),
  );
  await page.reload();
  const notice = page.getByTestId('notice').filter({ hasText: 'A new version of this page is ready.' });
  await notice.waitFor();
  expect(await build()).toBe('first');
  await page.reload();
  await notice.waitFor();
  expect(await build()).toBe('first');

  await notice.getByTestId('notice-action').click();
  await expect.poll(() => build().catch(() => 'on its way'), { timeout: 60_000 }).toBe('second');
  await page.getByTestId('nav-shelf').waitFor();
  const kept = await page.evaluate((run) => window.lethe.run(run), id);
  expect(kept?.status).toBe('finished');
  expect(await page.getByTestId('notice').count()).toBe(0);
  expect(errors).toEqual([]);
});
