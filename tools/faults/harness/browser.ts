/** Chromium in a process group of its own, on a profile that outlives it, so that it can be killed as a whole. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findBrowser } from '../../../tests/browser/find.mjs';
import { chromiumFlags } from '../../../tests/browser/launch.mjs';

export interface LiveBrowser {
  browser: Browser;
  context: BrowserContext;
  /** The first tab. */
  page: Page;
  /** Kills every process of it at once, without a word to any of them. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

const flags = [
  '--headless=new',
  '--remote-debugging-port=0',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-breakpad',
  '--disable-component-update',
  '--disable-default-apps',
  '--disable-extensions',
  '--disable-search-engine-choice-screen',
  '--disable-sync',
  '--password-store=basic',
  // A page that is gone left no wish to be restored.
  '--hide-crash-restore-bubble',
];

/**
 * @param profile folder that is kept from one start to the next
 * @param more flags
 */
export async function startBrowser(profile: string, more: readonly string[] = []): Promise<LiveBrowser> {
  const child = spawn(
    findBrowser('chromium'),
    [...flags, ...chromiumFlags, `--user-data-dir=${profile}`, ...more, 'about:blank'],
    { detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    try {
      process.kill(-child.pid!, 'SIGKILL');
    } catch {
      // It has gone already.
    }
    await gone;
  };
  // Nothing is left behind when the test itself is ended.
  const last = (): void => void kill();
  process.once('exit', last);
  void gone.then(() => process.off('exit', last));
  const address = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (text: string) => {
      said = (said + text).slice(-20_000);
      const found = /DevTools listening on (ws:\S+)/.exec(said);
      if (found) resolve(found[1]!);
    });
    void gone.then(() => reject(new Error(`Chromium ended before it was ready: ${said}`)));
  });
  const browser = await chromium.connectOverCDP(address);
  const context = browser.contexts()[0]!;
  const page = context.pages()[0] ?? (await context.newPage());
  page.setDefaultTimeout(60_000);
  return {
    browser,
    context,
    page,
    kill: async () => {
      await kill();
      await browser.close().catch(() => undefined);
    },
    close: async () => {
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.close').catch(() => undefined);
      await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 10_000))]);
      await kill();
      await browser.close().catch(() => undefined);
    },
  };
}

/** Work in a browser whose profile goes with it. */
export async function withBrowser<T>(
  work: (live: LiveBrowser, profile: string) => Promise<T>,
  more: readonly string[] = [],
): Promise<T> {
  const profile = mkdtempSync(path.join(tmpdir(), 'lethe-faults-'));
  try {
    const live = await startBrowser(profile, more);
    try {
      return await work(live, profile);
    } finally {
      await live.close();
    }
  } finally {
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
