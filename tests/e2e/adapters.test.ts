/** LoRA as a person has it: chosen in the form, trained, taken away, brought back, scaled, merged and kept. */
import { unzipSync } from 'fflate';
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium } from '../browser/launch.mjs';
import { openSite, settings } from './site';

let site: Awaited<ReturnType<typeof openSite>>;
let browser: Browser;
let page: Page;
const errors: string[] = [];

beforeAll(async () => {
  // The model that the page brings has answers that an adapter can change.
  site = await openSite({ micro: false });
  browser = await launchChromium();
  page = await browser.newPage({ acceptDownloads: true });
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
});

afterAll(async () => {
  await browser.close();
  await site.close();
});

const at = (testid: string) => page.getByTestId(testid);

/** What the model says once it has taken the last change. */
async function answer(): Promise<string> {
  await expect.poll(() => at('adapter-ask').isEnabled()).toBe(true);
  return at('adapter-answer').innerText();
}

it('an adapter is trained, exported, imported, scaled, merged and kept', async () => {
  await page.goto(site.page);
  await at('trained').selectOption('lora');
  await at('lora-rank').fill('4');
  await at('lora-targets-wo').check();
  await at('settings').locator('summary').click();
  for (const [field, value] of Object.entries({ ...settings, knowledgeRows: 0 }))
    await at(`setting-${field}`).fill(String(value));
  await at('stage-0-amount').fill('10');
  await at('run').click();
  await expect.poll(() => at('status').innerText(), { timeout: 60_000 }).toBe('finished');

  const download = page.waitForEvent('download');
  await at('export-adapter-stage-1').click();
  const zip = await (await download).path();
  const files = unzipSync(await readFile(zip));
  expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
  expect(JSON.parse(new TextDecoder().decode(files['adapter_config.json']))).toMatchObject({
    r: 4,
    base_model_name_or_path: 'pocket',
    target_modules: ['q', 'v', 'wo'],
  });

  await at('adapters').click();
  await at('adapter-prompt').fill('Which queue? My parcel has not arrived.');
  await at('adapter-ask').click();
  const plain = await answer();
  // A download has no name of its own on the disk.
  await at('adapter-files').setInputFiles({
    name: 'mine.zip',
    mimeType: 'application/zip',
    buffer: await readFile(zip),
  });
  await at('adapter-1').waitFor();
  await at('adapter-scale').press('End');
  const scaled = await answer();
  expect(scaled).not.toBe(plain);
  await at('adapter-merge').click();
  await expect.poll(() => at('adapter-merge').innerText()).toBe('Take out');
  expect(await answer()).toBe(scaled);
  await at('adapter-keep').click();
  await expect.poll(() => at('model').locator('option').allInnerTexts()).toContain('Pocket with mine');
  await at('adapter-merge').click();
  await expect.poll(() => at('adapter-merge').innerText()).toBe('Merge');
  await at('adapter-scale').press('Home');
  expect(await answer()).toBe(plain);
  await at('adapter-remove').click();
  await at('adapter-1').waitFor({ state: 'detached' });
  expect(await answer()).toBe(plain);
  expect(errors).toEqual([]);
});
