/**
 * The folder for a stick, served by its own server to another machine: a host name that the browser takes for
 * insecure. On that page the main job, and then what is done with its runs: comparing, trying, reporting.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RunConfigInput } from '../../src/run/config';
import { pack } from '../../tools/pack.mjs';
import { chromiumFlags, launchChromium } from '../browser/launch.mjs';
import { uploads } from './site';

let folder: string;
let server: ChildProcess;
let browser: Browser;
let page: Page;
const errors: string[] = [];

/** Starts the packed server, as its README.txt says. @returns the port that it prints */
function started(): Promise<string> {
  server = spawn(process.execPath, [path.join(folder, 'serve.mjs'), 'site', '0', '--lan']);
  return new Promise((resolve, reject) => {
    server.stdout?.on('data', (text: Buffer) => {
      const port = /http:\/\/localhost:(\d+)\//.exec(text.toString())?.[1];
      if (port !== undefined) resolve(port);
    });
    server.once('exit', (code) => reject(new Error(`the packed server ended with ${String(code)}`)));
  });
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lethe-folder-'));
  await pack(folder);
  const port = await started();
  browser = await launchChromium({
    args: [...chromiumFlags, '--host-resolver-rules=MAP lethe.test 127.0.0.1'],
  });
  page = await browser.newPage({ acceptDownloads: true });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`http://lethe.test:${port}/#/bench`);
});

afterAll(async () => {
  await browser.close();
  server.removeAllListeners('exit');
  server.kill();
  await rm(folder, { recursive: true });
});

const at = (testid: string) => page.getByTestId(testid);

async function exported(testid: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent('download'), at(testid).first().click()]);
  return await readFile(await download.path(), 'utf8');
}

/** Two short stages of the page's own tasks. */
const plan = (change: Partial<RunConfigInput>): RunConfigInput => ({
  version: 1,
  model: { source: 'bundled', name: 'pocket' },
  tasks: ['commands', 'topics'].map((id) => ({
    id,
    name: id === 'commands' ? 'Commands' : 'Topics',
    metric: 'exact-match',
    data: { kind: 'sample', name: id },
  })),
  plan: {
    stages: [
      { task: 'commands', steps: 4 },
      { task: 'topics', steps: 4 },
    ],
  },
  optimizer: { name: 'adamw', learningRate: 0.003 },
  batchSize: 4,
  maxSourceTokens: 32,
  maxTargetTokens: 8,
  evaluation: {
    everySteps: 4,
    examples: 4,
    testExamples: 12,
    batchSize: 12,
    maxNewTokens: 4,
    samples: 2,
    knowledge: { examples: 0, labels: 2 },
  },
  backend: 'auto',
  ...change,
});

const run = (config: RunConfigInput) =>
  page.evaluate(async (given) => window.lethe.finished(await window.lethe.start(given)), config);

it('takes nothing along that only a build needs', async () => {
  expect((await readdir(folder)).sort()).toEqual(['README.txt', 'serve.mjs', 'site']);
  const files = await readdir(path.join(folder, 'site'), { recursive: true });
  expect(files).toContain('index.html');
  expect(files.filter((file) => file.endsWith('.map'))).toEqual([]);
});

it('says what is missing and why, and takes people’s own data all the same', async () => {
  await at('run').waitFor();
  const offered = await page.evaluate(() => [
    isSecureContext,
    crossOriginIsolated,
    'gpu' in navigator,
    'serviceWorker' in navigator,
    'locks' in navigator,
    'subtle' in crypto,
  ]);
  expect(offered).toEqual([false, false, false, false, false, false]);
  await expect
    .poll(() => at('missing').innerText())
    .toMatch(/plain http from lethe\.test:\d+, .* WebGPU\s+and 6 more/);
  await at('missing').locator('summary').click();
  expect(await at('missing').locator('dt').allInnerTexts()).toEqual([
    'WebGPU',
    'Shared memory',
    'Service worker',
    'Lasting storage',
    'Locks between tabs',
    'Web Crypto',
    'Clipboard',
  ]);
  await expect
    .poll(() => at('why').innerText())
    .toContain('browsers offer WebGPU only to pages served over HTTPS');
  const { file, input, target, name } = uploads[0]!;
  await at('file').setInputFiles(file);
  await at('template-input').fill(input);
  await at('template-target').fill(target);
  await at('task-name').fill(name);
  await at('mapping-accept').click();
  await page.getByRole('radiogroup', { name: `Role of ${name}` }).waitFor();
});

it('trains on one thread, and keeps the runs and what is written on them', async () => {
  const plain = await run(plan({ name: 'Plain' }));
  expect(plain).toMatchObject({ status: 'finished', device: { backend: 'wasm', threads: 1 } });
  const remedy = await run(plan({ name: 'Helped', method: { name: 'replay' }, lora: { rank: 4 } }));
  expect(remedy.status).toBe('finished');

  await at('nav-compare').click();
  await at('write').last().click();
  await at('notes-name').fill('Monday');
  await at('notes-tags').fill('talk, best');
  await at('notes-text').fill('the row about trains');
  await at('notes-save').click();
  await at('run-notes').waitFor({ state: 'detached' });
  await page.reload();
  const table = at('compare-runs');
  await table.getByText('Monday').waitFor();
  // Found by a word of the notes; the other by its method.
  await at('run-search').fill('trains');
  await expect.poll(() => table.locator('tbody tr').count()).toBe(1);
  await at('run-search').fill('replay');
  await expect.poll(() => table.locator('tbody tr').innerText()).toContain('Helped');
  await at('run-search').fill('');
  await at('tag-filter').first().click();
  await expect.poll(() => table.locator('tbody tr').count()).toBe(1);
  await at('tag-filter').first().click();
});

it('lays runs over one another, against one that is pinned', async () => {
  const table = at('compare-runs');
  await table.getByRole('button', { name: 'Pin Monday' }).click();
  for (const box of await table.getByRole('checkbox').all()) await box.check();
  const cells = at('baseline-table').locator('tbody td');
  await expect.poll(() => cells.count()).toBe(5);
  // The differences stand at once, and their intervals follow.
  for (const cell of await cells.all())
    await expect.poll(() => cell.innerText()).toMatch(/^[+−]?\d+\.\d.*\(−?[\d.]+ to −?[\d.]+\)/s);
  await expect.poll(() => at('differences').innerText()).toContain('method.name');
  expect(await at('differences').innerText()).not.toContain('batchSize');
  await expect.poll(() => at('matrix').count()).toBe(2);
  // Both runs were scored on the same rows, so every row that both had right is in one of the four places.
  const counts = await at('swapped').locator('tbody td').allInnerTexts();
  const [both, ...places] = counts.map((text) => Number.parseInt(text));
  expect(places.reduce((sum, n) => sum + n, 0)).toBe(both);

  const tex = await exported('baseline-export-tex');
  expect(tex).toContain('\\begin{tabular}{lrrrrr}');
  for (const text of ['seed 0', 'learning rate 0.003', 'Monday', 'paired bootstrap'])
    expect(tex).toContain(text);
  const sheet = await exported('compare-commands-export-csv');
  expect(sheet).toMatch(/settings\r\nA,0,.*seed 0/);
  const svg = await exported('compare-commands-export-svg');
  for (const text of ['>A<', '>B<', 'seed 0', 'Replay']) expect(svg).toContain(text);
});

it('answers a prompt before, after each stage and with the remedy, token by token', async () => {
  await at('nav-try').click();
  await at('try-run').selectOption({ label: 'Monday: Plain' });
  await at('try-sample').selectOption({ index: 1 });
  const voices = at('voice');
  await expect.poll(() => voices.count()).toBe(5);
  await expect.poll(() => at('voice-answer').count()).toBe(5);
  expect(await voices.locator('h2').allTextContents()).toEqual([
    'before',
    'after Commands',
    'after Topics',
    'with Replay',
    'adapter, scaled',
  ]);
  await at('voice-table').first().click();
  const rows = voices.first().locator('tbody tr');
  const answer = await voices.first().getByTestId('voice-answer').innerText();
  const tokens = await rows.locator('th').allInnerTexts();
  expect(tokens.filter((token) => token !== 'end').join('')).toBe(answer.replaceAll(' ', ''));
  // Each was the likeliest at its place, so it stands first among these, with its own probability.
  for (const row of await rows.all()) {
    const [token, chance, best] = (await row.locator('th, td').allInnerTexts()) as [string, string, string];
    expect(best.startsWith(`${token === 'end' ? '</s>' : token} ${chance}`)).toBe(true);
    expect(Number(chance)).toBeGreaterThan(0);
  }
  // Without any of the adapter the model is the one before.
  await at('try-scale').press('Home');
  const scaled = voices.last();
  await expect.poll(() => scaled.getAttribute('aria-busy')).toBe('false');
  await expect.poll(() => scaled.getByTestId('voice-answer').innerText()).toBe(answer);
  const chances = (voice: typeof scaled) => voice.locator('.token .number').allTextContents();
  await expect.poll(() => chances(scaled)).toEqual(await chances(voices.first()));
});

it('reports a run on one page, and is cited', async () => {
  await at('nav-bench').click();
  await at('tab-runs').click();
  await at('run-link').getByText('Monday').click();
  await at('to-report').click();
  const report = at('report');
  await report.locator('img').waitFor();
  const text = await report.innerText();
  for (const words of [
    'Monday: Plain',
    'one thread',
    '95 % interval',
    'Seed',
    'npm run lab',
    'the row about trains',
  ])
    expect(text).toContain(words);
  const config = JSON.parse(await at('report-config').innerText()) as RunConfigInput;
  expect(config).toMatchObject({ seed: 0, optimizer: { learningRate: 0.003 }, batchSize: 4 });
  const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
  expect(pdf.match(/\/Type\s*\/Page\b/g)).toHaveLength(1);
  await at('copy-bibtex').click();
  await expect.poll(() => at('announcer').textContent()).toBe('The BibTeX entry is copied.');
  expect(errors).toEqual([]);
});
