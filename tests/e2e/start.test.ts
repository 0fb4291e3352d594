/** The first visit to the built page: what is there at once, the keys of a room, and the page in German. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { dist } from '../../tools/project.mjs';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, until } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

/** Gzipped bytes of what the page's own script imports, and of the English texts: the first paint waits for these. */
function scriptOfFirstPaint(): number {
  const assets = readdirSync(path.join(dist, 'assets'));
  const html = readFileSync(path.join(dist, 'index.html'), 'utf8');
  const todo = [...html.matchAll(/assets\/([\w.-]+\.js)/g)].map(([, name]) => name!);
  todo.push(...assets.filter((name) => /^en-.*\.js$/.test(name)));
  const seen = new Map<string, number>();
  for (let name = todo.pop(); name !== undefined; name = todo.pop()) {
    if (seen.has(name)) continue;
    const code = readFileSync(path.join(dist, 'assets', name));
    seen.set(name, gzipSync(code).length);
    for (const [, other] of code.toString().matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
      todo.push(other!);
  }
  return [...seen.values()].reduce((sum, bytes) => sum + bytes, 0);
}

const at = (testid: string) => page.getByTestId(testid);

it('plots a recorded run with little script, and says what running it here takes', async () => {
  await page.goto(site.start);
  await at('recorded-headline').waitFor();
  // The entry comes with the frame, which may be a moment after the text is in the page.
  const paints = () => page.evaluate(() => performance.getEntriesByName('first-contentful-paint').length);
  await expect.poll(paints).toBe(1);
  await expect.poll(() => at('recorded-headline').innerText()).toMatch(/^\w.* \d+ → \d+ \(−\d+\)$/);
  expect(scriptOfFirstPaint()).toBeGreaterThan(50_000);
  expect(scriptOfFirstPaint()).toBeLessThan(150_000);
  for (const id of ['device', 'memory', 'model', 'storage', 'offline'])
    await expect.poll(() => at(`preflight-${id}`).innerText()).not.toBe('');
  // Measured in the worker, with the shapes of the run.
  await expect.poll(() => at('start-facts').innerText()).toMatch(/minute/);
});

it('obeys single keys while nothing has the focus, and leaves them alone when told to', async () => {
  const theme = () =>
    page.evaluate(() => document.documentElement.dataset['theme'] ?? 'as the system has it');
  await expect.poll(() => page.getByTestId('chart-table').count()).toBe(1);
  await page.keyboard.press('p');
  await expect.poll(theme).toBe('projector');
  await page.keyboard.press('p');
  await expect.poll(theme).toBe('as the system has it');
  // Back to before any training; what is said follows.
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => at('announcer').innerText()).toMatch(/^After stage 0\./);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => at('announcer').innerText()).toMatch(/^The whole run\./);

  await page.keyboard.press('?');
  await at('keys-on').uncheck();
  await page.keyboard.press('Escape');
  await at('help').waitFor({ state: 'detached' });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('p');
  expect(await theme()).toBe('as the system has it');
  await at('menu').click();
  await at('menu-keys').click();
  await at('keys-on').check();
  await page.keyboard.press('Escape');
});

it('runs, pauses and starts over by keys', async () => {
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press(' ');
  await page.waitForURL(/#\/bench\/./);
  const id = new URL(page.url()).hash.split('/').at(-1)!;
  const read = () => page.evaluate((run) => window.lethe.run(run), id);
  await until(read, ({ losses }) => losses.length >= 1);
  await page.keyboard.press(' ');
  await until(read, ({ status }) => status === 'paused' || status === 'finished');
  await page.keyboard.press('r');
  await at('confirm-yes').click();
  await page.waitForURL(/#\/start/);
  await until(read, ({ status }) => status === 'stopped' || status === 'finished');
});

it('speaks German to whoever chooses it, and can be installed', async () => {
  await at('menu').click();
  await Promise.all([page.waitForEvent('load'), at('language-de').click()]);
  await page.getByTestId('nav-bench').waitFor();
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
  expect(await at('nav-bench').innerText()).toBe('Werkbank');
  const manifest = await page.evaluate(async () => {
    const link = document.querySelector<HTMLLinkElement>('link[rel=manifest]');
    const found = (await (await fetch(link!.href)).json()) as { icons: { src: string }[]; display: string };
    const icons = await Promise.all(
      found.icons.map(async ({ src }) => (await fetch(new URL(src, link!.href))).ok),
    );
    return { display: found.display, icons };
  });
  expect(manifest).toEqual({ display: 'standalone', icons: [true, true, true, true] });

  // So do the worker, of the device, and the reader of files, of one that is broken.
  await at('nav-bench').click();
  await expect.poll(() => at('why').innerText()).toContain(', weil ');
  await at('file').setInputFiles({
    name: 'reviews.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('text,label\ngood,yes\n"never closed,no\n'),
  });
  const said = () => at('notice').allInnerTexts();
  await expect.poll(said).toContainEqual(expect.stringMatching(/reviews\.csv, Zeile 3, .* schließt nie/));
  expect(errors).toEqual([]);
});
