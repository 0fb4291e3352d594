/**
 * A plan run, rewound and studied in one page: a fork from a stage's end drawn beside the run that it left, mixes of
 * weights on the slider, and a study that survives a reload and comes back from its file.
 */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConfigInput } from '../../src/run/config';
import type { RunResult } from '../../src/run/result';
import type { StudyRecord } from '../../src/run/study';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, sampleRun, until } from './site';

const STEPS = 30;
const sample = (id: string, name: string) => ({
  id,
  name,
  metric: 'exact-match' as const,
  data: { kind: 'sample' as const, name: id },
});
const plan: RunConfigInput = {
  ...sampleRun(STEPS),
  tasks: [sample('reviews', 'Reviews'), sample('tickets', 'Tickets')],
  plan: {
    stages: [
      { task: 'reviews', steps: STEPS },
      { task: 'tickets', steps: STEPS },
    ],
  },
  evaluation: { ...sampleRun(STEPS).evaluation, everySteps: 10, knowledge: { examples: 0 } },
};

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  page = await browser.newPage({ acceptDownloads: true });
  page.setDefaultTimeout(120_000);
  page.on('pageerror', (error) => errors.push(error.message));
  // The plan of an earlier visit.
  await page.addInitScript((text) => localStorage.setItem('lethe-draft', text), JSON.stringify(plan));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const at = (testid: string) => page.getByTestId(testid);
const runInAddress = (): string => new URL(page.url()).hash.split('/').at(-1)!;
const read = (id: string) => (): Promise<RunResult | undefined> =>
  page.evaluate((run) => window.lethe.run(run), id);

/** Presses a button that starts a run, and waits for the run's end. */
async function runBy(testid: string): Promise<RunResult> {
  const before = page.url();
  await at(testid).click();
  await page.waitForURL((url) => url.href !== before && /#\/bench\/./.test(url.hash));
  return await until(read(runInAddress()), ({ status }) => status === 'finished');
}

it('goes back to the end of a stage and on with another method, on one chart with the run that it left', async () => {
  await page.goto(site.page);
  await at('run').waitFor();
  const first = await runBy('run');
  expect(first.config.method.name).toBe('sequential');

  // A click at the left goes back to the start, one in the second stage to the end of the first.
  await expect.poll(() => at('rewind-place').innerText()).toBe(`the end of Reviews, step ${STEPS}`);
  // What comes in above the chart moves it, so its place is asked for anew each time.
  const placeAt = (share: number) => async () => {
    const { x, y, width, height } = (await at('chart').boundingBox())!;
    await page.mouse.click(x + share * width, y + 0.5 * height);
    return await at('rewind-place').innerText();
  };
  await expect.poll(placeAt(0.08)).toBe('the start of the plan');
  await expect.poll(placeAt(0.5)).toBe(`the end of Reviews, step ${STEPS}`);
  // The same by keys.
  await at('rewind-slider').focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => at('rewind-place').innerText()).toBe('the start of the plan');
  await page.keyboard.press('ArrowRight');

  // Before DER++ runs it says what its memory will take: capacity, answer tokens, the micro model's words.
  await at('method').selectOption('der++');
  await expect
    .poll(() => at('logit-buffer').innerText())
    .toMatch(/at most 154 kB: 200 answers of up to 4 tokens/);
  await at('method').selectOption('sequential');

  await at('rewind-method').selectOption('replay');
  const fork = await runBy('rewind-go');
  expect(fork.config).toMatchObject({
    method: { name: 'replay' },
    fork: { runId: first.id, checkpointId: 'stage-1' },
  });
  expect(fork.matrix.slice(0, 2)).toEqual(first.matrix.slice(0, 2));
  expect(fork.losses.slice(0, STEPS)).toEqual(first.losses.slice(0, STEPS));
  expect(fork.losses.slice(STEPS)).not.toEqual(first.losses.slice(STEPS));
  await at('chart-table').click();
  const heads = at('chart-table').locator('xpath=ancestor::details').locator('thead th');
  await expect
    .poll(() => heads.allInnerTexts())
    .toEqual(expect.arrayContaining(['Reviews', 'Tickets', 'Reviews, Sequential', 'Tickets, Sequential']));

  // Mixes of the weights before and after the stage: what is shown at the end is what the stage came to.
  await at('measure-mixes').click();
  const { interpolations } = await until(
    read(fork.id),
    (now) => (now.interpolations?.[0]?.points.length ?? 0) > 2,
  );
  const atEnd = interpolations![0]!.points.find(({ alpha }) => alpha === 1)!;
  for (const { task, score, loss } of atEnd.scores) {
    const last = fork.evaluations.filter((point) => point.task === task).at(-1)!;
    expect([score, loss]).toEqual([last.score, last.loss]);
  }
  // The slider goes from the one to the other, with the score of the stage's task and of the rest.
  const scoreOf = (alpha: number, task: string) =>
    interpolations![0]!.points
      .find((point) => point.alpha === alpha)!
      .scores.find((each) => each.task === task)!
      .score.value.toFixed(1);
  for (const [key, alpha] of [
    ['Home', 0],
    ['End', 1],
  ] as const) {
    await at('mix-slider').press(key);
    await expect.poll(() => at('mix-alpha').innerText()).toBe(alpha.toFixed(2));
    expect(await at('mix-new').innerText()).toBe(scoreOf(alpha, 'tickets'));
    expect(await at('mix-others').innerText()).toBe(scoreOf(alpha, 'reviews'));
  }
});

it('runs a study, goes on after a reload, and opens it again from its file', async () => {
  await at('nav-study').click();
  for (const method of ['joint', 'ewc']) await at(`study-method-${method}`).uncheck();
  await at('study-seeds').fill('2');
  // Of the runs before this machine is known.
  await expect
    .poll(() => at('study-estimate').innerText())
    .toMatch(/^4 runs, about .* on the device; .* kept while it goes, .* after\.$/);
  await at('study-run').click();
  await expect.poll(() => at('study-progress').innerText()).toMatch(/^[1-3] of 4 done/);
  await page.reload();
  await at('study-resume').waitFor();
  const there = Number(/^\d/.exec(await at('study-progress').innerText())?.[0]);
  expect(there).toBeGreaterThan(0);
  expect(there).toBeLessThan(4);
  await at('study-resume').click();
  await expect.poll(() => at('study-progress').innerText(), { timeout: 120_000 }).toMatch(/^4 of 4 done/);
  await expect.poll(() => at('study-head').getAttribute('data-status')).toBe('finished');

  const cells = (testid: string) => at(testid).locator('tbody tr').allInnerTexts();
  await expect
    .poll(() => cells('study-table'))
    .toEqual([
      expect.stringMatching(/^Sequential\s[^\t]*\t\s*2\t/),
      expect.stringMatching(/^Replay\s[^\t]*\t\s*2\t/),
    ]);
  const table = await cells('study-table');
  await expect.poll(() => cells('study-differences')).toHaveLength(1);
  expect((await cells('study-differences'))[0]).toMatch(/^Replay\t.*\t2\t(above|below|can’t tell)$/);
  await at('study-plane').waitFor();
  // What the cells' runs left is gone; what was run by hand stays.
  await at('nav-bench').click();
  await at('tab-runs').click();
  await expect.poll(() => at('runs').getByTestId('run-link').count()).toBe(2);
  await at('nav-study').click();

  const [download] = await Promise.all([page.waitForEvent('download'), at('study-json').click()]);
  const file = await download.path();
  const record = JSON.parse(await readFile(file, 'utf8')) as StudyRecord;
  expect(record.cells.map(({ status }) => status)).toEqual(Array(4).fill('finished'));
  // The same seed and no old task: both methods begin alike.
  const seeds = record.cells.map(({ seed }) => seed);
  expect(new Set(seeds).size).toBe(2);
  await at('studies')
    .getByRole('button', { name: /^Delete/ })
    .click();
  await at('confirm-yes').click();
  await expect.poll(() => at('studies').locator('a').count()).toBe(0);
  await at('study-files').setInputFiles({
    name: 'study.json',
    mimeType: 'application/json',
    buffer: await readFile(file),
  });
  await expect.poll(() => cells('study-table')).toEqual(table);
  expect(errors).toEqual([]);
});
