/**
 * Speed of the WebGPU kernels: `node bench/webgpu-kernels.mjs [matmul|step|ops] [--in chromium|firefox]
 * [--kernels auto|software|gpu] [--features all|none] [--adapter software|any]`. matmul: GFLOP/s of a training
 * step's products; step: a whole training step; ops: milliseconds of each operation in it. Chromium computes on SwiftShader unless `--adapter any`.
 */
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { createServer } from 'vite';
import { wasmKernels } from '../src/engine/wasm/build.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    in: { type: 'string', default: 'chromium' },
    kernels: { type: 'string', default: 'auto' },
    features: { type: 'string', default: 'all' },
    adapter: { type: 'string', default: 'software' },
  },
});

/**
 * What is used of either browser.
 * @typedef {{ goto(url: string): Promise<unknown>, evaluate(f: (args: string[]) => Promise<string[]>, args: string[]): Promise<string[]> }} Page
 * @typedef {{ newPage(): Promise<Page>, close(): Promise<void> }} Browser
 */

/** @type {Partial<Record<string, () => Promise<Browser>>>} */
const launchers = {
  chromium: () =>
    chromium.launch({
      executablePath: process.env['LETHE_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--enable-unsafe-webgpu',
        '--disable-background-networking',
        ...(values.adapter === 'any' ? ['--enable-features=Vulkan'] : ['--use-webgpu-adapter=swiftshader']),
      ],
    }),
  firefox: () =>
    puppeteer.launch({
      browser: 'firefox',
      executablePath: process.env['LETHE_FIREFOX'] ?? '/usr/bin/firefox-esr',
      extraPrefsFirefox: {
        'dom.webgpu.enabled': true,
        'dom.webgpu.allow-software-adapters': true,
        'gfx.webgpu.ignore-blocklist': true,
      },
      protocolTimeout: 20 * 60_000,
    }),
};

const launch = launchers[values.in];
if (!launch) throw new Error(`--in ${values.in}: chromium or firefox`);
const server = await createServer({
  configFile: false,
  appType: 'custom',
  logLevel: 'error',
  server: { port: 0, hmr: false },
  plugins: [
    // Not used here, but the engine imports them.
    wasmKernels(),
    {
      name: 'blank page',
      configureServer({ middlewares }) {
        middlewares.use('/blank', (_, response) => {
          response.setHeader('Content-Type', 'text/html');
          response.end('<!doctype html>');
        });
      },
    },
  ],
});
await server.listen();
const browser = await launch();
try {
  const page = await browser.newPage();
  await page.goto(new URL('blank', server.resolvedUrls?.local[0]).href);
  const lines = await page.evaluate(
    async ([path = '', part, kernels, features]) =>
      (await import(/* @vite-ignore */ path)).run(part, { kernels, features }),
    ['/bench/webgpuKernels.ts', positionals[0] ?? 'matmul', values.kernels, values.features],
  );
  console.log(lines.join('\n'));
} finally {
  await browser.close();
  await server.close();
}
