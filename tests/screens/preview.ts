/** The page with made-up runs, built for tests: every screen, always with the same content. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vite';
import { wasmKernels } from '../../src/engine/wasm/build.mjs';
import { words } from '../../src/words/plugin.mjs';
import { root } from '../../tools/project.mjs';
import { serve } from '../../tools/serve.mjs';
import type { Screen } from './screens';

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
    plugins: [words(), svelte({ configFile: false, compilerOptions: { fragments: 'tree' } }), wasmKernels()],
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
  // Lessons, tasks and the model are those of the page.
  const server = await serve({
    isolated: true,
    mounts: { '/': path.join(root, 'public'), '/preview/': outDir },
  });
  return {
    address: ({ hash, state }: Pick<Screen, 'hash' | 'state'>) =>
      `${server.origin}/preview/preview.html?state=${state}${hash}`,
    async close() {
      await server.close();
      rmSync(outDir, { recursive: true, force: true });
    },
  };
}

export interface Look {
  width: Width;
  /** Kept before the page is opened. */
  theme?: ThemeName;
  language?: 'en' | 'de';
}

/** A page in a place and time that are everywhere the same. */
export async function pageIn(browser: Browser, { width, theme, language = 'en' }: Look): Promise<Page> {
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
  const kept: Record<string, string> = {
    'lethe-language': language,
    'lethe-compare': JSON.stringify({ picked: ['run-0-0', 'run-3-0', 'run-6-0'], baseline: 'run-0-0' }),
    ...(theme === 'projector' && { 'lethe-theme': theme }),
  };
  await page.addInitScript((items) => {
    // Pages without an origin keep nothing.
    if (location.protocol === 'http:')
      for (const [key, value] of Object.entries(items)) localStorage.setItem(key, value);
  }, kept);
  return page;
}

/** Goes to a screen, and waits until it stands still. */
export async function show(page: Page, address: string, screen: Screen): Promise<void> {
  // Another place of the same address would be gone to without a load, with what is open on this one.
  await page.goto('about:blank');
  await page.goto(address);
  await page.locator('html[data-preview=open] main h1').waitFor({ state: 'attached' });
  await page.evaluate(async () => {
    await document.fonts.load('600 13px Inter');
    await document.fonts.ready;
  });
  await drawn(page);
  await screen.open?.(page);
  await drawn(page);
}

/** Waits for charts, which come a moment after their places, and for two frames. */
async function drawn(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll('canvas')].every((canvas) => canvas.width !== 300 || canvas.height !== 150),
  );
  await frames(page);
}

export async function frames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise<void>((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))),
  );
}
