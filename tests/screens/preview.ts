/** The page with made-up runs, built for tests: every screen, always with the same content. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { wasmKernels } from '../../src/engine/wasm/build.mjs';
import { root } from '../../tools/project.mjs';
import { serve } from '../../tools/serve.mjs';

/** A screen of the page: where it is, with which runs, and what is opened on it. */
export interface Screen {
  name: string;
  hash: string;
  /** Of `src/ui/testing/preview.ts`. */
  state: 'empty' | 'finished' | 'study' | 'interrupted';
  open?: (page: Page) => Promise<unknown>;
}

const dialog = (testid: string) => async (page: Page) => {
  await page.getByTestId(testid).first().click();
  await page.getByRole('dialog').waitFor();
};

export const SCREENS: Screen[] = [
  { name: 'start', hash: '#/start', state: 'finished' },
  { name: 'bench', hash: '#/bench', state: 'finished' },
  { name: 'bench-empty', hash: '#/bench', state: 'empty' },
  { name: 'bench-interrupted', hash: '#/bench', state: 'interrupted' },
  { name: 'model', hash: '#/bench', state: 'finished', open: dialog('add-model') },
  { name: 'try', hash: '#/try', state: 'finished' },
  { name: 'report', hash: '#/report', state: 'finished' },
  { name: 'compare', hash: '#/compare', state: 'study' },
  { name: 'shelf', hash: '#/shelf', state: 'finished' },
];

export const THEMES = ['light', 'dark', 'projector'] as const;
export type ThemeName = (typeof THEMES)[number];

export const WIDTHS = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } } as const;
export type Width = keyof typeof WIDTHS;

/** @returns the address of the built page, and what takes it away */
export async function openPreview() {
  const outDir = mkdtempSync(path.join(tmpdir(), 'lethe-preview-'));
  const folder = path.join(root, 'src/ui/testing');
  await build({
    root: folder,
    configFile: false,
    plugins: [svelte({ configFile: false, compilerOptions: { fragments: 'tree' } }), wasmKernels()],
    base: './',
    logLevel: 'error',
    worker: { format: 'es', plugins: () => [wasmKernels()] },
    build: {
      target: 'es2023',
      outDir,
      emptyOutDir: true,
      rolldownOptions: { input: path.join(folder, 'preview.html') },
      chunkSizeWarningLimit: 1e6,
    },
  });
  const server = await serve({ isolated: true, mounts: { '/': outDir } });
  return {
    address: ({ hash, state }: Pick<Screen, 'hash' | 'state'>) =>
      `${server.origin}/preview.html?state=${state}${hash}`,
    async close() {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

/** A page in a theme, in a place and time that are everywhere the same. */
export async function pageIn(browser: Browser, theme: ThemeName, width: Width): Promise<Page> {
  const context = await browser.newContext({
    viewport: WIDTHS[width],
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
    deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  if (theme === 'projector') await page.addInitScript(() => localStorage.setItem('lethe-theme', 'projector'));
  return page;
}

/** Goes to a screen, and waits until it stands still. */
export async function show(page: Page, address: string, screen: Screen): Promise<void> {
  // Another place of the same address would be gone to without a load, with what is open on this one.
  await page.goto('about:blank');
  await page.goto(address);
  await page.locator('main').waitFor();
  await page.evaluate(async () => {
    await document.fonts.load('600 13px Inter');
    await document.fonts.ready;
  });
  // Charts come a moment after their places.
  await page.waitForFunction(() =>
    [...document.querySelectorAll('canvas')].every((canvas) => canvas.width > 300 || canvas.height > 150),
  );
  await screen.open?.(page);
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}
