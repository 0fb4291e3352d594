/**
 * npm run page [-- --dist FOLDER] [--profile FILE]
 *
 * How the built page opens and how it behaves while it trains, from a cold profile: first contentful paint, script
 * that comes before it, the way from the address to a model that has forgotten, and how long the page's own thread
 * was held up meanwhile: by what it computed, and by waiting for a core. Prints one JSON object; docs/performance.md,
 * "The page", has what it said. --dist names a page that is built already. --profile samples what the thread does while
 * it trains and prints where its time goes; the profile opens in the developer tools, and the figures are not to be
 * reported, since sampling takes time too.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { launchChromium } from '../tests/browser/launch.mjs';
import { dist, ensureBuild } from '../tools/project.mjs';
import { serve } from '../tools/serve.mjs';
import { summary } from './harness/pageProfile.mjs';
import { categories, p99, threadTimes } from './harness/pageTrace.mjs';

const { values: options } = parseArgs({
  options: { dist: { type: 'string' }, profile: { type: 'string' } },
});
if (options.dist === undefined) await ensureBuild();
const server = await serve({ isolated: true, mounts: { '/': options.dist ?? dist } });
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });

/** @type {{ url: string, bytes: number, at: number }[]} */
const scripts = [];
const started = performance.now();
page.on('response', async (response) => {
  if (!/\.js$/.test(new URL(response.url()).pathname)) return;
  const at = performance.now() - started;
  const body = await response.body().catch(() => null);
  if (body) scripts.push({ url: response.url(), bytes: gzipSync(body).length, at });
});

await page.addInitScript(() => {
  const gaps = /** @type {number[]} */ ([]);
  const tasks = /** @type {number[]} */ ([]);
  Object.assign(window, { pageGaps: gaps, pageTasks: tasks });
  let last = performance.now();
  const beat = () => {
    const now = performance.now();
    gaps.push(now - last);
    last = now;
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) tasks.push(duration);
  }).observe({ type: 'longtask', buffered: true });
});

await page.goto(`${server.origin}/`);
await page.getByTestId('start-run').waitFor();
await page.getByTestId('recorded-headline').waitFor({ timeout: 60_000 });
const shown = performance.now() - started;
const paint = await page.evaluate(() => {
  const of = (/** @type {string} */ name) => performance.getEntriesByName(name)[0]?.startTime ?? null;
  const layout = performance.getEntriesByType('largest-contentful-paint').at(-1)?.startTime ?? null;
  return { firstPaint: of('first-paint'), firstContentfulPaint: of('first-contentful-paint'), layout };
});
const before = scripts.filter(({ at }) => at <= (paint.firstContentfulPaint ?? 0) + 50);
const untilShown = scripts.filter(({ at }) => at <= shown);

const sum = (/** @type {{ bytes: number }[]} */ list) => list.reduce((all, { bytes }) => all + bytes, 0);

const facts = await page
  .waitForFunction(() => {
    const text = document.querySelector('[data-testid=start-facts] strong')?.textContent ?? '';
    return text.includes('measuring') ? null : text;
  })
  .then((handle) => handle.jsonValue());
await page.evaluate(() => {
  const { pageGaps, pageTasks } = /** @type {any} */ (window);
  pageGaps.length = 0;
  pageTasks.length = 0;
});
const session = await page.context().newCDPSession(page);
if (options.profile === undefined) await browser.startTracing(page, { categories });
else {
  await session.send('Profiler.enable');
  await session.send('Profiler.setSamplingInterval', { interval: 500 });
  await session.send('Profiler.start');
}
await page.getByTestId('start-run').click();
await page.waitForFunction(
  () => /finished/.test(document.querySelector('[data-testid=status]')?.textContent ?? ''),
  null,
  {
    timeout: 400_000,
  },
);
const forgotten = performance.now() - started;
/** @type {ReturnType<typeof threadTimes> | ReturnType<typeof summary>} */
let thread;
if (options.profile === undefined) thread = threadTimes(await browser.stopTracing());
else {
  const { profile } = await session.send('Profiler.stop');
  writeFileSync(options.profile, JSON.stringify(profile));
  thread = summary(profile);
}
const headline = await page.getByTestId('headline').innerText();
const { gaps, tasks } = await page.evaluate(() => {
  const { pageGaps, pageTasks } = /** @type {any} */ (window);
  return { gaps: /** @type {number[]} */ (pageGaps), tasks: /** @type {number[]} */ (pageTasks) };
});
const device = await page.getByTestId('device').innerText();

console.log(
  JSON.stringify(
    {
      ...paint,
      chartShownMs: Math.round(shown),
      scriptBeforePaint: sum(before),
      scriptUntilChart: sum(untilShown),
      scripts: untilShown.map(({ url, bytes }) => [url.split('/').at(-1), bytes]),
      saidBefore: facts,
      forgottenAfterSeconds: Number((forgotten / 1000).toFixed(1)),
      headline,
      device,
      whileTraining: {
        frames: gaps.length,
        frameGapP99: Number(p99(gaps).toFixed(1)),
        longTasks: tasks.length,
        longestTask: Math.round(Math.max(0, ...tasks)),
        blockedP99: Number(p99(gaps.map((gap) => Math.max(0, gap - 1000 / 60))).toFixed(1)),
      },
      thread,
    },
    null,
    1,
  ),
);
await browser.close();
await server.close();
process.exit(0);
