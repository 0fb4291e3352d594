/** Nothing leaves the page: on a host that sends no policy, at the first load, with no service worker to help. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { openProxy } from '../browser/proxy.mjs';
import { evaluateIn, workerTargets } from '../browser/targets';
import { openSite, sampleRun } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let proxy: Awaited<ReturnType<typeof openProxy>>;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

/** Another origin that would gladly answer, and what it was asked. */
const foreign = createServer((request, response) => {
  foreignAsked.push(request.url ?? '');
  response.writeHead(200, {
    'Access-Control-Allow-Origin': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  });
  response.end('answered');
});
const foreignAsked: string[] = [];
let foreignOrigin = '';

beforeAll(async () => {
  site = await openSite();
  proxy = await openProxy();
  await new Promise((resolve) => foreign.listen(0, '127.0.0.1', () => resolve(undefined)));
  foreignOrigin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  // Browsers keep loopback addresses from their proxies unless told.
  browser = await launchChromium({ proxy: { server: proxy.address, bypass: '<-loopback>' } });
  const context = await browser.newContext({ serviceWorkers: 'block' });
  page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => {
    if (/polic|trusted/i.test(message.text())) complaints.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  proxy.close();
  foreign.close();
  await site.close();
});

const config = sampleRun(100_000);

const asking = (address: string) =>
  `fetch(${JSON.stringify(address)}).then((r) => r.text(), (error) => 'refused: ' + error.message)`;

/** Chromium's services (accounts, autofill, updates), which no page can ask through this browser's policy. */
const browsersOwn = /^(CONNECT |POST https?:\/\/)[a-z.-]+\.google(apis)?\.com[:/]/;

/** In the trainer: every worker that it starts gets a twin, which nobody sends to its loop, so that it answers. */
const keepTwins = `{
  const { Worker } = self;
  self.Worker = class extends Worker {
    constructor(script, options) {
      super(script, options);
      self.twin = new Worker(script, options);
    }
  };
}`;

const refusedText = `(() => {
  try {
    new Worker('data:text/javascript,1');
    return 'taken';
  } catch (error) {
    return error.name;
  }
})()`;

it('asks nobody but its own host, from the page, the trainer and its threads', async () => {
  await page.goto(site.page);
  await page.getByTestId('run').waitFor();
  await expect.poll(async () => (await workerTargets(browser)).workers.length).toBe(1);
  // Nothing that the page itself does is against its policy.
  expect(complaints).toEqual([]);
  const { session, workers } = await workerTargets(browser);
  const trainer = workers[0]!.targetId;
  const inTrainer = (expression: string) => evaluateIn(session, trainer, expression);
  await inTrainer(keepTwins);

  await page.evaluate(async (plan) => {
    const first = new Promise<void>((resolve) => {
      void window.lethe.onEvent((event) => {
        if (event.type === 'losses') resolve();
      });
    });
    await window.lethe.start(plan);
    await first;
  }, config);
  const all = (await workerTargets(browser)).workers;
  expect(all.every(({ url }) => url.startsWith('blob:'))).toBe(true);
  // Thread and twin for every core but the trainer's own; those in their loop sleep and answer nothing.
  expect(all).toHaveLength(1 + 2 * (Math.min(availableParallelism(), 8) - 1));
  const threads = all.map(({ targetId }) => targetId).filter((targetId) => targetId !== trainer);
  const answering = await Promise.any(
    threads.map(async (targetId) => {
      await evaluateIn(session, targetId, 'null');
      return targetId;
    }),
  );

  // That the question can be answered at all is seen outside of the page.
  expect(await (await fetch(`${foreignOrigin}/node`)).text()).toBe('answered');
  expect(await page.evaluate(asking(`${foreignOrigin}/page`))).toMatch(/^refused/);
  expect(await inTrainer(asking(`${foreignOrigin}/trainer`))).toMatch(/^refused/);
  expect(await evaluateIn(session, answering, asking(`${foreignOrigin}/thread`))).toMatch(/^refused/);
  expect(foreignAsked).toEqual(['/node']);

  // Text becomes neither markup nor a script's address.
  expect(await page.evaluate(refusedText)).toBe('TypeError');
  expect(await inTrainer(refusedText)).toBe('TypeError');
  expect(await evaluateIn(session, answering, refusedText)).toBe('TypeError');
  const markup = `(() => { try { document.body.innerHTML = '<b>x</b>'; return 'taken'; } catch (e) { return e.name; } })()`;
  expect(await page.evaluate(markup)).toBe('TypeError');

  await page.evaluate(() => window.lethe.stop());
  const own = ` ${new URL(site.page).origin}/`;
  const elsewhere = proxy.asked.filter((line) => !line.includes(own) && !browsersOwn.test(line));
  expect(elsewhere).toEqual([]);
  expect(proxy.asked.length).toBeGreaterThan(10);
});
