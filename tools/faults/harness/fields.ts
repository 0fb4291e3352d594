/** Types a text into every place of the page that takes one, and brings the same in every file that it opens. */
import { deflateSync, strToU8, zipSync } from 'fflate';
import { createHash } from 'node:crypto';
import type { Page } from 'playwright-core';
import type { RunResult } from '../../../src/run/result';
import { newStudy } from '../../../src/run/study';
import { DICTIONARY_A } from '../../../src/ui/share/dictionary';
import { sleep } from './page';

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/json', buffer });
const at = (page: Page, hash: string) => page.evaluate((to) => (location.hash = to), hash);

/** A way into the page, what comes of it, and what has to be seen or put away before the next. */
type Way = (page: Page, text: string, run: RunResult, n: number) => Promise<void>;

/** Notices cover buttons. */
async function dismissAll(page: Page): Promise<void> {
  await page.evaluate(() =>
    document.querySelectorAll<HTMLElement>('[data-testid=notice] button').forEach((button) => {
      if (button.getAttribute('aria-label') === 'Dismiss') button.click();
    }),
  );
}

/** A plan in an address, as `ui/share/link.ts` reads it. */
export function linkOf(plan: unknown): string {
  const bytes = deflateSync(json(plan), { level: 9, dictionary: strToU8(DICTIONARY_A) });
  let seal = 0x811c9dc5;
  for (const byte of bytes) seal = Math.imul(seal ^ byte, 0x01000193);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(seal >>> 0);
  return `a${Buffer.concat([bytes, end]).toString('base64url')}`;
}

/** A project of one record, as docs/project-file.md has it. */
export function projectOf(record: RunResult): Buffer {
  const run = json(record);
  const sha256 = createHash('sha256').update(run).digest('hex');
  const manifest = {
    format: 'lethe-project',
    version: 1,
    createdAt: record.createdAt,
    runs: [
      { id: record.id, name: record.name.slice(0, 200), path: 'runs/1.json', bytes: run.length, sha256 },
    ],
    folders: [],
    hubModels: [{ id: record.name.slice(0, 150), revision: record.name.slice(0, 150), bytes: 1 }],
    settings: {},
  };
  return Buffer.from(zipSync({ 'project.json': json(manifest), 'runs/1.json': run }, { level: 0 }));
}

export const WAYS: Record<string, Way> = {
  'name, tags and notes of a run': async (page, text) => {
    await page.getByTestId('nav-compare').click();
    await page.getByTestId('write').first().click();
    await page.getByTestId('notes-name').fill(text.slice(0, 200));
    await page.getByTestId('notes-tags').fill(`${text.replaceAll(',', ' ')}, plain`);
    await page.getByTestId('notes-text').fill(text);
    await page.getByTestId('notes-save').click();
    await page.getByTestId('run-notes').waitFor({ state: 'detached' });
    await page.getByTestId('run-search').fill(text);
    await sleep(50);
    await page.getByTestId('run-search').fill('');
  },
  'name of a run to come': async (page, text) => {
    await page.getByTestId('nav-bench').click();
    await page.getByTestId('tab-setup').click();
    const settings = page.getByTestId('settings');
    if ((await settings.getAttribute('open')) === null) await settings.locator('summary').first().click();
    await page.getByTestId('setting-name').fill(text.slice(0, 200));
    await page.getByTestId('share-plan').click();
    await sleep(50);
    await page.getByTestId('share-close').click();
    await page.getByTestId('setting-name').fill('');
  },
  'rows that are pasted': async (page, text) => {
    await page.getByTestId('nav-bench').click();
    await page.getByTestId('tab-setup').click();
    await page.getByTestId('add-data').click();
    const cell = `"${text.replaceAll('"', '""')}"`;
    const rows = Array.from({ length: 12 }, (_, i) => `${cell},${i % 2 ? cell : '"b"'}`);
    await page.getByTestId('paste-text').fill([`${cell},"label"`, ...rows].join('\n'));
    await page.getByTestId('paste-read').click();
    await page.locator('[data-testid=mapping], [data-testid=notice]').first().waitFor();
    const cancel = page.getByTestId('mapping-cancel');
    if ((await cancel.count()) > 0) await cancel.click();
  },
  'name, revision and token of a model on the Hub': async (page, text) => {
    await page.getByTestId('nav-bench').click();
    await page.getByTestId('tab-setup').click();
    await page.getByTestId('add-model').click();
    await page.getByTestId('model-dialog').locator('summary').click();
    // A blank in it, so that it is no name and nobody is asked for it.
    await page.getByTestId('hub-id').fill(`no name ${text}`);
    await page.getByTestId('hub-revision').fill(text);
    await page.getByTestId('hub-token').fill(text);
    await page.getByTestId('model-fetch').click();
    await page.getByTestId('model-trouble').waitFor();
    await page.getByTestId('model-cancel').click();
  },
  'name of a data set on the Hub': async (page, text) => {
    await page.getByTestId('nav-bench').click();
    await page.getByTestId('tab-setup').click();
    await page.getByTestId('add-data').click();
    await page.getByTestId('dataset-id').fill(`no name ${text}`);
    await page.getByTestId('dataset-fetch').click();
    await page.getByTestId('notice').first().waitFor();
  },
  'a prompt': async (page, text, run) => {
    await at(page, `#/try/${encodeURIComponent(run.id)}`);
    await page.getByTestId('try-prompt').fill(`${text} x`);
    const ask = page.getByTestId('try-ask');
    if (!(await ask.isEnabled())) return;
    await ask.click();
    await page.getByTestId('voice-answer').first().waitFor();
  },
  'the report of a run': async (page, _, run) => {
    await at(page, `#/report/${encodeURIComponent(run.id)}`);
    await page.getByTestId('report').waitFor();
  },
  'a link with a plan': async (page, text, { config }) => {
    const { fork: _fork, backend: _backend, ...plan } = config;
    const tasks = plan.tasks.map((task) => ({ ...task, name: text.slice(0, 100) || 'x' }));
    const link = linkOf({
      v: 1,
      config: { ...plan, name: text.slice(0, 200) || 'x', tasks },
      free: ['seed'],
    });
    await at(page, `#/open/${link}`);
    await sleep(100);
  },
  'a project file': async (page, text, run, n) => {
    await page.getByTestId('nav-shelf').click();
    const project = projectOf({ ...run, id: `brought-${n}`, name: text });
    await page.getByTestId('project-file').setInputFiles(file(`${n}.lethe`, project));
    await page.locator('[data-testid=project-bring-in], [data-testid=notice]').first().waitFor();
    const bring = page.getByTestId('project-bring-in');
    if ((await bring.count()) > 0) await bring.click();
    await bring.waitFor({ state: 'detached' });
  },
  'a study': async (page, text, { config }, n) => {
    await page.getByTestId('nav-study').click();
    const { fork: _fork, ...plan } = config;
    const label = text.slice(0, 80) || 'x';
    const study = {
      version: 1,
      name: text.slice(0, 200) || 'x',
      run: plan,
      methods: [{ label, method: { name: 'sequential' } }],
      seeds: [1],
    };
    const record = { ...newStudy(`study-${n}`, study as never, '2026-11-29T00:00:00.000Z'), name: text };
    await page.getByTestId('study-files').setInputFiles(file(`${n}.json`, json(record)));
    await sleep(150);
  },
  'what a pupil hands in': async (page, text, _, n) => {
    await at(page, '#/lessons/class');
    const handIn = {
      kind: 'lethe-hand-in',
      version: 1,
      lesson: 'forgetting',
      name: text.slice(0, 60),
      prediction: null,
      runs: [],
    };
    await page
      .getByTestId('class-files')
      .setInputFiles(file(`${text.replaceAll(/[/\\\p{Cc}]/gu, '_').slice(0, 60)}-${n}.json`, json(handIn)));
    await sleep(100);
  },
};

/** @returns how many texts went in, by the way that they took */
export async function typeEverywhere(
  page: Page,
  run: RunResult,
  texts: readonly string[],
): Promise<Record<string, number>> {
  const typed: Record<string, number> = {};
  for (const [name, way] of Object.entries(WAYS))
    for (const [n, text] of texts.entries()) {
      try {
        await way(page, text, run, n);
      } catch (error) {
        throw new Error(`${name}, text ${n} (${JSON.stringify(text)}): ${String(error)}`, { cause: error });
      }
      await dismissAll(page);
      typed[name] = (typed[name] ?? 0) + 1;
    }
  return typed;
}
