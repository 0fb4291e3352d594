/**
 * npm run page [-- --cores 2]
 *
 * How the built page opens and how it behaves while it trains, from a cold profile: first contentful paint, script
 * that comes before it, the way from the address to a model that has forgotten, and how long the page's own thread
 * was held up meanwhile. Prints one JSON object; docs/performance.md, "The page", has what it said.
 */
import process from 'node:process';
import { gzipSync } from 'node:zlib';
import { launchChromium } from '../tests/browser/launch.mjs';
import { dist, ensureBuild } from '../tools/project.mjs';
import { serve } from '../tools/serve.mjs';

await ensureBuild();
const server = await serve({ isolated: true, mounts: { '/': dist } });
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

/** @param {number[]} values */
const p99 = (values) => values.toSorted((a, b) => a - b)[Math.floor(0.99 * (values.length - 1))] ?? 0;
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
await page.getByTestId('start-run').click();
await page.waitForFunction(
  () => /finished/.test(document.querySelector('[data-testid=status]')?.textContent ?? ''),
  null,
  {
    timeout: 400_000,
  },
);
const forgotten = performance.now() - started;
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
    },
    null,
    1,
  ),
);
await browser.close();
await server.close();
process.exit(0);
