/** A model and a data set come from a Hub of another origin into the built page, in Chromium, and are trained. */
import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../../tools/project.mjs';
import { serve } from '../../tools/serve.mjs';
import { launchChromium } from '../browser/launch.mjs';
import { startHub } from '../hub/lookAlike.mjs';
import { fixtures } from './site';

const names = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'model.safetensors'];
const micro = Object.fromEntries(
  names.map((name) => [name, new Uint8Array(readFileSync(path.join(fixtures, 'models/micro', name)))]),
);
const parquet = (rows: number) =>
  new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: Array.from({ length: rows }, (_, i) => `row_${i}`), type: 'STRING' },
        {
          name: 'dialogue',
          data: Array.from({ length: rows }, (_, i) => `A: ${i}? B: yes.`),
          type: 'STRING',
        },
        { name: 'summary', data: Array.from({ length: rows }, (_, i) => `They say ${i}`), type: 'STRING' },
      ],
    }),
  );

let hub: Awaited<ReturnType<typeof startHub>>;
let server: Awaited<ReturnType<typeof serve>>;
let browser: Browser;
let page: Page;
const logged: string[] = [];
const token = 'hf_testTokenThatIsNowhere';
const folder = mkdtempSync(path.join(tmpdir(), 'lethe-hub-'));

beforeAll(async () => {
  hub = await startHub({
    token,
    ranges: 'refused',
    repos: {
      'someone/micro': { files: micro, gated: true },
      'knkarthick/dialogsum': {
        kind: 'datasets',
        branch: 'refs/convert/parquet',
        files: {
          'default/train/0000.parquet': parquet(200),
          'default/validation/0000.parquet': parquet(12),
          'default/test/0000.parquet': parquet(12),
        },
      },
    },
  });
  // The Hub's address is part of the build, and of its policy.
  const before = { ...process.env };
  Object.assign(process.env, { VITE_HUB: hub.hub, VITE_HUB_STORAGE: hub.storage, NODE_ENV: 'production' });
  try {
    await build({ root, logLevel: 'error', build: { outDir: folder, emptyOutDir: true, sourcemap: false } });
  } finally {
    process.env = before;
  }
  server = await serve({ mounts: { '/': folder } });
  browser = await launchChromium();
  page = await browser.newPage();
  page.setDefaultTimeout(60_000);
  page.on('console', (message) => logged.push(message.text()));
});

afterAll(async () => {
  await browser.close();
  await server.close();
  await hub.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (testid: string) => page.getByTestId(testid);

it('streams a gated model over a cut connection, and the token stays with the Hub', async () => {
  await page.goto(`${server.origin}/#/bench`);
  await at('add-model').click();
  await at('hub-id').fill('someone/micro');
  await at('model-fetch').click();
  await expect.poll(() => at('model-trouble').innerText()).toMatch(/gated: ask for access/);

  hub.fail('models/someone/micro/model.safetensors', { cutAfter: 50_000 });
  await at('model-dialog').locator('summary').click();
  await at('hub-token').fill(token);
  await at('model-fetch').click();
  await at('model-dialog').waitFor({ state: 'detached' });
  await expect.poll(() => at('model').inputValue()).toBe('hub:someone/micro@main');

  // Storage refuses parts to pages of other origins, so the file was fetched again and its known part passed over.
  const asked = hub.asked.filter(({ path: file }) => file.endsWith('model.safetensors'));
  expect(asked.some(({ host, method }) => host === 'storage' && method === 'OPTIONS')).toBe(true);
  expect(asked.filter(({ host, method }) => host === 'storage' && method === 'GET')).toHaveLength(2);
  const told = hub.asked.filter(({ host, headers }) => host === 'storage' && headers.authorization);
  expect(told).toEqual([]);
  expect(hub.asked.some(({ host, headers }) => host === 'hub' && headers.authorization)).toBe(true);
  expect(hub.asked.filter(({ path: asked }) => asked.includes(token))).toEqual([]);

  // It was held for the one question: it lies nowhere that outlives it.
  const traces = await page.evaluate(async (secret) => {
    const found: string[] = [];
    const look = (where: string, text: string) => {
      if (text.includes(secret)) found.push(where);
    };
    const asked = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    for (const { name } of await indexedDB.databases()) {
      const database = await asked(indexedDB.open(name!));
      for (const store of database.objectStoreNames) {
        const all = database.transaction(store).objectStore(store);
        const [keys, values] = await Promise.all([asked(all.getAllKeys()), asked(all.getAll())]);
        look(`${name!}/${store} keys`, JSON.stringify(keys));
        for (const value of values as unknown[])
          look(
            `${name!}/${store}`,
            value instanceof Uint8Array ? new TextDecoder('latin1').decode(value) : JSON.stringify(value),
          );
      }
      database.close();
    }
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) look(`cache ${name}`, url);
    for (const [where, storage] of Object.entries({ localStorage, sessionStorage }))
      look(where, JSON.stringify(Object.entries(storage)));
    look('address', location.href);
    look('cookies', document.cookie);
    const fields = [...document.querySelectorAll('input, textarea')] as HTMLInputElement[];
    look('page', document.body.innerText + fields.map(({ value }) => value).join(' '));
    return found;
  }, token);
  expect(traces).toEqual([]);
  expect(logged.filter((text) => text.includes(token))).toEqual([]);
});

it('fetches DialogSum by one click, with its columns, its wording and ROUGE', async () => {
  await at('add-data').click();
  await at('preset-dialogsum').click();
  await at('mapping').waitFor();
  await expect.poll(() => at('task-name').inputValue()).toBe('DialogSum');
  expect(await at('task-metric').inputValue()).toBe('rouge-l');
  expect(await at('template-target').inputValue()).toBe('{summary}');
  await expect.poll(() => at('preview').innerText()).toContain('Summarize this dialogue.');
  await expect
    .poll(() => at('part-sizes').innerText())
    .toBe('200 to train on, 12 for validation, 12 for the test');
  await expect.poll(() => at('lengths').innerText()).toMatch(/Prompts: \d+ tokens in the middle/);
  await at('mapping-accept').click();
  await at('mapping').waitFor({ state: 'detached' });
  await page.getByTestId('task-dialogsum').waitFor();
});
