/** The lessons: one walked through by keyboard alone with a run of its own, the others by their recordings; then a class, and a link. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HandIn } from '../../src/run/lesson';
import { launchChromium } from '../browser/launch.mjs';
import { root } from '../../tools/project.mjs';
import { openSite } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];
/** What the keyboard's pupil handed in. */
let handedIn: HandIn;

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  page = await browser.newPage({ acceptDownloads: true });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

/** Goes on by Tab until the element has the focus; whoever cannot get there by keyboard fails here. */
async function tabTo(testid: string): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab');
    if (await page.evaluate((id) => document.activeElement?.getAttribute('data-testid') === id, testid))
      return;
  }
  throw new Error(`Tab never came to ${testid}`);
}

/** A place of the page; the site's own address names one already. */
const at = (hash: string) => new URL(hash, site.page).href;
const height = (point: number) => page.getByTestId(`draw-${point}`).getAttribute('aria-valuenow');

it('is walked through by keyboard alone, with a run on this machine', async () => {
  await page.goto(site.page);
  await tabTo('nav-lessons');
  await page.keyboard.press('Enter');
  await page.getByTestId('lesson-forgetting').waitFor();
  await tabTo('lesson-forgetting');
  await page.keyboard.press('Enter');
  await page.getByTestId('draw-1').waitFor();

  const start = Number(await height(1));
  await tabTo('draw-1');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('PageDown');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Home');
  expect(await Promise.all([1, 2, 3].map(height))).toEqual([`${start - 2}`, `${start - 10}`, '0']);

  await tabTo('lesson-done');
  await page.keyboard.press('Enter');
  expect(await page.getByTestId('draw').count()).toBe(0);
  await tabTo('lesson-train-plain');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=lesson-run-plain][data-state="here"]').waitFor({ timeout: 240_000 });
  expect(await page.getByTestId('lesson-distance').textContent()).toMatch(
    /Your line ends at 0, the run at \d/,
  );
  expect(await page.getByTestId('finding-commands').textContent()).toMatch(
    /Commands stood at [\d.]+ before the run, at [\d.]+ at the end\. A difference of .+ points \(.+ to .+\)/,
  );

  await tabTo('lesson-name');
  await page.keyboard.type('Ada');
  await tabTo('lesson-hand-in');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  handedIn = JSON.parse(await readFile(await download.path(), 'utf8')) as HandIn;
  expect(handedIn).toMatchObject({
    lesson: 'forgetting',
    name: 'Ada',
    prediction: { run: 'plain', task: 'commands' },
  });
  expect(handedIn.prediction?.points.map(({ y }) => y)).toEqual([start, start - 2, start - 10, 0]);
  expect(handedIn.runs[0]?.result).toMatchObject({ status: 'finished', step: 120 });

  // The line and the run are there at the next visit.
  await page.reload();
  await page.locator('[data-testid=lesson-run-plain][data-state="here"]').waitFor();
});

/** The other lessons, in their order. */
async function others(): Promise<string[]> {
  const all = JSON.parse(await readFile(path.join(root, 'public/lessons/index.json'), 'utf8')) as string[];
  return all.filter((id) => id !== 'forgetting');
}

const focused = () =>
  page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('data-testid') ?? activeElement?.id ?? activeElement?.localName;
  });

it('is walked through by keyboard alone, every other lesson by its recordings', async () => {
  for (const lesson of await others()) {
    await page.goto(at('#/lessons'));
    await tabTo(`lesson-${lesson}`);
    await page.keyboard.press('Enter');
    await page.getByTestId('draw-1').waitFor();
    const before = Number(await height(1));
    await tabTo('draw-1');
    await page.keyboard.press(before > 50 ? 'ArrowDown' : 'ArrowUp');
    expect(Number(await height(1))).not.toBe(before);
    await tabTo('lesson-done');
    await page.keyboard.press('Enter');
    // The button is gone, and the focus is where the lesson goes on.
    await expect.poll(focused).toBe('run-head');
    await tabTo('lesson-play');
    await page.keyboard.press('Enter');
    await page.getByTestId('lesson-distance').waitFor();
    expect(await focused()).not.toBe('body');
    const drawn = await page.evaluate(async (id) => {
      const answer = await fetch(`lessons/${id}.json`);
      return ((await answer.json()) as { findings: { id: string }[] }).findings.map((finding) => finding.id);
    }, lesson);
    for (const id of drawn) expect(await page.getByTestId(`finding-${id}`).textContent()).toMatch(/\d/);
    // The figures of the picture, with the reader's own line among them.
    await tabTo('lesson-chart-table');
    await page.keyboard.press('Enter');
    await page.getByRole('columnheader', { name: 'Your line' }).waitFor();
  }
});

it('takes a line by pointer', async () => {
  const [lesson = ''] = await others();
  await page.evaluate(() => localStorage.clear());
  await page.goto(at(`#/lessons/${lesson}`));
  await page.reload();
  if (await page.getByTestId('lesson-again').isVisible()) await page.getByTestId('lesson-again').click();
  const layer = page.getByTestId('draw');
  await layer.waitFor();
  const before = await height(1);
  const box = (await layer.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.15, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.9, box.y + box.height * 0.8, { steps: 6 });
  await page.mouse.up();
  expect(await height(1)).not.toBe(before);
});

it('makes one picture of the files of a class', async () => {
  await page.goto(at('#/lessons/class'));
  const as = (name: string, by: number) => ({
    name: `${name}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(
      JSON.stringify({
        ...handedIn,
        name,
        prediction: {
          ...handedIn.prediction,
          points: handedIn.prediction!.points.map(({ x, y }) => ({ x, y: y * by })),
        },
      }),
    ),
  });
  const broken = { name: 'broken.json', mimeType: 'application/json', buffer: Buffer.from('{"kind":') };
  await page.getByTestId('class-files').setInputFiles([as('Ada', 1), as('Ben', 0.5), as('Cem', 0.1), broken]);
  // They are read one after another.
  const names = page.getByTestId('class-table').locator('tbody th');
  await expect.poll(async () => (await names.allTextContents()).sort()).toEqual(['Ada', 'Ben', 'Cem']);
  await page.getByText('broken.json is left out: it is no JSON').waitFor();
  await page.getByTestId('class-chart-table').click();
  for (const name of ['Mean expected', 'Mean trained'])
    await page.getByRole('columnheader', { name }).waitFor();
});

it('shares a plan by a link that fixes what it fixes', async () => {
  await page.goto(at('#/bench'));
  await page.getByTestId('share-plan').click();
  await page.getByTestId('free-rate').check();
  const link = await page.getByTestId('share-link').inputValue();
  expect(await page.getByTestId('qr').locator('path').getAttribute('d')).toMatch(/^M/);
  await page.getByTestId('share-close').click();

  const other = await browser.newPage();
  await other.goto(link);
  await other.getByTestId('link-section').waitFor();
  expect(new URL(other.url()).hash).toBe('#/bench');
  await other.getByTestId('settings').locator('summary').click();
  expect(await other.getByTestId('setting-learningRate').isEnabled()).toBe(true);
  for (const fixed of ['setting-seed', 'setting-batchSize', 'stage-0-amount'])
    expect(await other.getByTestId(fixed).isDisabled()).toBe(true);
  // What is fixed stays so at the next visit.
  await other.getByTestId('setting-learningRate').fill('0.003');
  await other.reload();
  await other.getByTestId('link-section').waitFor();
  expect(await other.getByTestId('setting-seed').isDisabled()).toBe(true);
  await other.goto(link.slice(0, -9));
  await other.getByText('The link could not be opened').waitFor();
  await other.close();
  expect(errors).toEqual([]);
});
