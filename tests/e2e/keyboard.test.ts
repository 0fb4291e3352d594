/** The main job by keyboard alone, and what is said of it: to a model that has forgotten, and to its answers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, until } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
  page = await browser.newPage({ reducedMotion: 'reduce' });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const focused = () =>
  page.evaluate(
    () => document.activeElement?.getAttribute('data-testid') ?? document.activeElement?.localName,
  );

async function tabTo(testid: string): Promise<void> {
  for (let presses = 0; presses < 120; presses++) {
    await page.keyboard.press('Tab');
    if ((await focused()) === testid) return;
  }
  throw new Error(`Tab never came to ${testid}`);
}

const said = () => page.getByTestId('announcer').innerText();
const runId = () => new URL(page.url()).hash.split('/').at(-1)!;
const read = () => page.evaluate((id) => window.lethe.run(id), runId());

it('runs, pauses, goes on and stops, and the focus is never lost', async () => {
  await page.goto(site.start);
  await page.getByTestId('start-run').waitFor();
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('To the content');
  await page.keyboard.press('Enter');
  expect(await focused()).toBe('main');

  await tabTo('start-run');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/bench\/./);
  await page.getByTestId('pause').waitFor();
  // The button is gone with its place.
  await expect.poll(focused).toBe('main');
  await expect.poll(said).toMatch(/^Started: |is scored/);
  await until(read, ({ losses }) => losses.length >= 1);

  await tabTo('pause');
  await page.keyboard.press('Enter');
  await until(read, ({ status }) => status === 'paused');
  await expect.poll(focused).toBe('continue');
  await expect.poll(said).toMatch(/^Paused at step \d/);
  await page.keyboard.press(' ');
  await until(read, ({ status }) => status === 'running');
  await expect.poll(focused).toBe('pause');
  await expect.poll(said).toMatch(/^The run goes on\./);

  await tabTo('stop');
  await page.keyboard.press('Enter');
  await until(read, ({ status }) => status === 'stopped');
  await expect.poll(said).toMatch(/^The run is stopped/);
  await expect.poll(focused).toBe('run');
});

it('sets a plan up, trains it, and reads the result', async () => {
  await tabTo('tab-setup');
  const settings = page.getByTestId('settings').locator('summary');
  for (
    let presses = 0;
    !(await settings.evaluate((element) => element === document.activeElement));
    presses++
  ) {
    if (presses > 120) throw new Error('Tab never came to the settings');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await tabTo('setting-everySteps');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('4');
  // Back up to the plan, and on to the button.
  await page.getByTestId('stage-0-amount').waitFor();
  await tabTo('stage-0-amount');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type('8');
  await tabTo('run');
  await page.keyboard.press('Enter');
  await page.getByTestId('pause').waitFor();
  await expect.poll(focused).toBe('pause');
  const run = await until(read, ({ status }) => status === 'finished');
  expect(run.step).toBe(8);
  await expect.poll(said).toMatch(/^The run is finished\. .+ → /);
  await expect.poll(focused).toBe('run');
  await tabTo('chart-table');
  await page.keyboard.press('Enter');
  await page.locator('details[open]:has([data-testid=chart-table]) tbody tr').first().waitFor();
  expect(errors).toEqual([]);
});

it('stays with a stage that is moved, and in the list of runs when one is deleted', async () => {
  const tasks = page.getByTestId('tasks').locator('[role=radiogroup]');
  for (let at = 0; at < (await tasks.count()); at++)
    await tasks
      .nth(at)
      .locator(at < 2 ? 'input[value=train]' : 'input[value=off]')
      .evaluate((input: HTMLInputElement) => input.click());
  await expect.poll(() => page.locator('[data-testid=plan] > li').count()).toBe(2);
  const label = () => page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
  const down = page.getByTestId('stage-0').getByRole('button', { name: /down$/ });
  const downwards = (await down.getAttribute('aria-label'))!;
  const upwards = downwards.replace(/down$/, 'up');
  await down.focus();
  // At either end the way back is the one that is left.
  for (const next of [upwards, downwards, upwards]) {
    await page.keyboard.press('Enter');
    await expect.poll(label).toBe(next);
  }

  await page.getByTestId('tab-runs').click();
  for (const left of [1, 0]) {
    await page.getByTestId('delete-run').first().focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('confirm').waitFor();
    await tabTo('confirm-yes');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByTestId('delete-run').count()).toBe(left);
    await expect.poll(focused).toBe(left > 0 ? 'run-link' : 'runs');
  }
});

it('moves nothing for whoever wants it still', async () => {
  const moving = await page.evaluate(
    () =>
      document
        .getAnimations()
        .concat([...document.querySelectorAll('*')].flatMap((element) => element.getAnimations()))
        .filter(({ playState }) => playState === 'running').length,
  );
  expect(moving).toBe(0);
  const styles = await page.evaluate(
    () =>
      [...document.querySelectorAll('*')].filter((element) => {
        const { transitionDuration, animationName } = getComputedStyle(element);
        return animationName !== 'none' || transitionDuration.split(',').some((time) => parseFloat(time) > 0);
      }).length,
  );
  expect(styles).toBe(0);
});
