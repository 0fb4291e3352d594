/** A session as a person has one: every place of the page is seen and everything that it shows leaves it. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { finished, sleep } from './page';

/** The page compares no more at a time. */
const MOST_COMPARED = 5;

/** @returns the downloads' contents by file name */
export async function lookAround(page: Page, runId: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  await page.evaluate((id) => (location.hash = `#/bench/${id}`), runId);
  await page.getByTestId('run-name').waitFor();
  // Everything that is folded away is opened, so that it is drawn.
  await page.evaluate(() => document.querySelectorAll('details').forEach((details) => (details.open = true)));
  for (const testid of ['tab-runs', 'tab-setup']) await page.getByTestId(testid).click();
  for (const testid of [
    'export-csv',
    'export-svg',
    'export-png',
    'export-json',
    'matrix-csv',
    'matrix-svg',
    'lost-export-csv',
    'lost-export-svg',
  ]) {
    const button = page.getByTestId(testid);
    if ((await button.count()) === 0 || !(await button.first().isEnabled())) continue;
    const [download] = await Promise.all([page.waitForEvent('download'), button.first().click()]);
    files.set(`${testid}:${download.suggestedFilename()}`, readFileSync(await download.path(), 'utf8'));
  }
  await page.getByTestId('nav-compare').click();
  // So many at a time as can be compared, this one first.
  const boxes = page.getByTestId('compare-runs').getByRole('checkbox');
  await boxes.first().waitFor();
  const picked = page.getByTestId('compare-runs').getByRole('checkbox', { checked: true });
  while ((await picked.count()) > 0) await picked.first().uncheck();
  const own = page
    .getByTestId('compare-runs')
    .locator('tr', { has: page.locator(`a[href$="/${encodeURIComponent(runId)}"]`) });
  if ((await own.count()) > 0) await own.getByRole('checkbox').check();
  for (const box of await boxes.all()) {
    if ((await picked.count()) >= MOST_COMPARED) break;
    await box.check();
  }
  await sleep(300);
  await page.getByTestId('nav-shelf').click();
  await page.getByTestId('usage').waitFor();
  await page.getByTestId('nav-bench').click();
  return files;
}

export interface Upload {
  name: string;
  content: string;
  task: string;
  input: string;
  target: string;
}

/** Adds a file as a task by the mapping dialog. @returns false when the page has an objection; it was shown then */
export async function upload(page: Page, { name, content, task, input, target }: Upload): Promise<boolean> {
  await page.getByTestId('file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });
  await page.getByTestId('template-input').fill(input);
  await page.getByTestId('template-target').fill(target);
  await page.getByTestId('task-name').fill(task);
  const accept = page.getByTestId('mapping-accept');
  const taken = await accept.click({ timeout: 15_000 }).then(
    () => true,
    () => false,
  );
  if (!taken) await page.getByTestId('mapping-cancel').click();
  await page.getByTestId('mapping').waitFor({ state: 'detached' });
  return taken;
}

/** Trains the plan as the page has it set up, in a few steps. */
export async function trainAFew(page: Page): Promise<string> {
  await page.evaluate(() => (location.hash = '#/bench'));
  const settings = page.getByTestId('settings');
  if ((await settings.getAttribute('open')) === null) await settings.locator('summary').first().click();
  for (const [key, value] of Object.entries({
    batchSize: 2,
    maxSourceTokens: 24,
    maxTargetTokens: 6,
    everySteps: 4,
    examples: 3,
    testExamples: 3,
    evaluationBatch: 3,
    maxNewTokens: 3,
    samples: 2,
  }))
    await page.getByTestId(`setting-${key}`).fill(String(value));
  await page.getByTestId('backend').getByRole('radio', { name: 'WASM' }).check({ force: true });
  for (const stage of await page.locator('[data-testid^=stage-][data-testid$=-amount]').all())
    await stage.fill('3');
  const before = await page.evaluate(() => location.hash);
  await page.getByTestId('run').click();
  await page.waitForFunction((hash) => location.hash !== hash && /#\/bench\/./.test(location.hash), before);
  const runId = await page.evaluate(() => decodeURIComponent(location.hash.split('/').at(-1)!));
  await finished(page, runId);
  return runId;
}
