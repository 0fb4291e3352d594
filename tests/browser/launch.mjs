/** Starts the browsers with WebGPU on, on a software adapter where there is no GPU. */
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { findBrowser } from './find.mjs';

/**
 * LETHE_GPU=1 leaves the choice of adapter to the browser; without it Chromium computes on SwiftShader, so
 * that results are the same on every machine.
 */
const hardware = process.env['LETHE_GPU'] === '1';

export const chromiumFlags = [
  '--enable-unsafe-webgpu',
  ...(hardware
    ? ['--enable-features=Vulkan', '--ignore-gpu-blocklist']
    : ['--use-webgpu-adapter=swiftshader']),
  '--disable-background-networking',
  // Hidden and covered pages train at full speed.
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

/** Firefox hides WebGPU behind preferences on some platforms, and software adapters on all. */
export const firefoxPreferences = {
  'dom.webgpu.enabled': true,
  'dom.webgpu.workers.enabled': true,
  'dom.webgpu.allow-software-adapters': true,
  'gfx.webgpu.ignore-blocklist': true,
  // A long step is no hang.
  'dom.max_script_run_time': 0,
};

/**
 * @param {import('playwright-core').LaunchOptions} [options] besides what every test needs
 * @returns {Promise<import('playwright-core').Browser>}
 */
export function launchChromium(options = {}) {
  return chromium.launch({
    executablePath: findBrowser('chromium'),
    headless: true,
    args: chromiumFlags,
    ...options,
  });
}

/** @returns {Promise<import('puppeteer-core').Browser>} */
export function launchFirefox() {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: findBrowser('firefox'),
    headless: true,
    extraPrefsFirefox: firefoxPreferences,
    // A software adapter on a busy machine takes its time.
    protocolTimeout: 20 * 60_000,
  });
}

/**
 * What both drivers' pages can do.
 * @typedef {object} Page
 * @property {(url: string) => Promise<unknown>} goto
 * @property {<A, R>(run: (argument: A) => R | Promise<R>, argument: A) => Promise<R>} evaluate
 * @property {(name: string, call: (argument: string) => unknown) => Promise<unknown>} exposeFunction
 * @property {() => Promise<void>} close
 */

/**
 * @param {import('./find.mjs').BrowserName} name
 * @returns {Promise<{ newPage(): Promise<Page>, close(): Promise<void> }>}
 */
export async function launch(name) {
  const browser = await (name === 'chromium' ? launchChromium() : launchFirefox());
  return {
    newPage: async () => /** @type {Page} */ (/** @type {unknown} */ (await browser.newPage())),
    close: () => browser.close(),
  };
}
