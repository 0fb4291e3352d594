/** A run that was broken off goes to another browser profile in one file, and ends there as it does at home. */
import { unzipSync } from 'fflate';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunResult } from '../../src/run/result';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, sampleRun, tensorDigests, until } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
const errors: string[] = [];

beforeAll(async () => {
  site = await openSite();
  browser = await launchChromium();
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

/** A profile of its own. */
async function profile(): Promise<Page> {
  const page = await (await browser.newContext({ acceptDownloads: true })).newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(site.page);
  await page.waitForFunction(() => 'lethe' in window);
  return page;
}

async function saved(page: Page, testid: string): Promise<{ name: string; file: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByTestId(testid).click()]);
  return { name: download.suggestedFilename(), file: await readFile(await download.path()) };
}

/** Goes on with the run to its end. @returns its record, and what its last weights are */
async function finished(page: Page, runId: string) {
  await page.evaluate((id) => window.lethe.resume(id), runId);
  const run = await until(
    () => page.evaluate((id) => window.lethe.run(id), runId),
    ({ status }) => status === 'finished',
  );
  const zip = await saved(page, 'export-stage-1');
  return { run, weights: await tensorDigests(unzipSync(zip.file)['model.safetensors']!) };
}

const timeless = (run: RunResult) => ({ ...run, updatedAt: '', timings: [] });

it('saves everything as one file, which another profile opens and goes on with', async () => {
  const home = await profile();
  const runId = await home.evaluate(async (config) => {
    const id = await window.lethe.start(config);
    await new Promise<void>((resolve) => {
      const stop = window.lethe.onEvent((event) => {
        if (event.type !== 'progress' || event.progress.step < 20) return;
        void stop.then((off) => off());
        window.lethe.stop();
        resolve();
      });
    });
    return (await window.lethe.finished(id)).id;
  }, sampleRun(400));
  const stopped = await until(
    () => home.evaluate((id) => window.lethe.run(id), runId),
    ({ status }) => status !== 'running',
  );
  expect(stopped.status).toBe('stopped');
  expect(stopped.step).toBeLessThan(400);
  await home.getByTestId('nav-shelf').click();
  await expect
    .poll(() => home.getByTestId('project-plan').innerText())
    .toMatch(/^1 run, 0 studies, 1 checkpoint, 0 data/);
  const project = await saved(home, 'project-save');
  expect(project.name).toMatch(/^lethe-\d{4}-\d\d-\d\d\.lethe$/);
  const there = await finished(home, runId);
  await home.context().close();

  const other = await profile();
  await other.getByTestId('nav-shelf').click();
  await other.getByTestId('project-file').setInputFiles({
    name: project.name,
    mimeType: 'application/zip',
    buffer: project.file.subarray(0, project.file.length - 1000),
  });
  await expect.poll(() => other.getByTestId('notice').innerText()).toContain('expected a whole project file');
  await other.getByTestId('project-file').setInputFiles({
    name: project.name,
    mimeType: 'application/zip',
    buffer: project.file,
  });
  await expect.poll(() => other.getByTestId('project-runs').innerText()).toContain(stopped.name);
  await other.getByTestId('project-bring-in').click();
  await other.getByTestId('project-dialog').waitFor({ state: 'detached' });
  const here = await finished(other, runId);
  expect(timeless(here.run)).toEqual(timeless(there.run));
  expect(here.weights).toEqual(there.weights);
  expect(here.run.losses).toHaveLength(400);

  // Every answer leaves as a sheet, its prompts read anew from the sample task.
  const sheet = (await saved(other, 'predictions-csv')).file.toString().split('\r\n');
  expect(sheet[0]).toBe('run,method,seed,stage,step,task,metric,row,prompt,references,answer,score,right');
  const lines = (await saved(other, 'predictions-jsonl')).file.toString().trim().split('\n');
  const answers = lines.map((line) => JSON.parse(line) as { stage: number; row: number; answer: string });
  expect(answers.map(({ stage, row }) => [stage, row])).toEqual([
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
  ]);
  const [sample] = here.run.samples;
  expect(answers.filter(({ row }) => row === 1).map(({ answer }) => answer)).toEqual(
    sample!.answers.map(({ answer }) => answer),
  );
  expect(errors).toEqual([]);
});
