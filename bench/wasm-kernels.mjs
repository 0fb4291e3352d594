/**
 * Speed of the WebAssembly kernels: `node bench/wasm-kernels.mjs [matmul|step|generate] [--in node|chromium] [--threads N]
 * [--variant simd|relaxed] [--rounds N]`. Prints microseconds and GFLOP/s, the fastest of the rounds.
 */
import { setFlagsFromString } from 'node:v8';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    in: { type: 'string', default: 'chromium' },
    threads: { type: 'string', default: '1' },
    variant: { type: 'string', default: 'relaxed' },
    rounds: { type: 'string', default: '20' },
  },
});
const threads = Number(values.threads);
const variant = threads > 1 ? `${values.variant}-threads` : values.variant;
const file = '/bench/wasmKernels.ts';

/** @param {import('vite').ViteDevServer} server */
async function inChromium(server, /** @type {string} */ part) {
  await server.listen();
  const browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    await page.route('**/blank', (route) =>
      route.fulfill({
        body: '<!doctype html>',
        contentType: 'text/html',
        headers: {
          'Cross-Origin-Opener-Policy': 'same-origin',
          'Cross-Origin-Embedder-Policy': 'require-corp',
        },
      }),
    );
    await page.goto(new URL('blank', server.resolvedUrls?.local[0]).href);
    return await page.evaluate(
      async ([path, name, options, rounds]) =>
        (await import(/* @vite-ignore */ path)).run(name, options, rounds),
      /** @type {const} */ ([file, part, { threads, variant }, Number(values.rounds)]),
    );
  } finally {
    await browser.close();
  }
}

/** @param {import('vite').ViteDevServer} server */
async function inNode(server, /** @type {string} */ part) {
  // Behind a flag in Node 20.
  if (values.variant === 'relaxed') setFlagsFromString('--experimental-wasm-relaxed-simd');
  const { run } = await server.ssrLoadModule(file);
  const { spawnNode } = await server.ssrLoadModule('/src/engine/wasm/testing/nodeThreads.ts');
  return run(part, { threads, variant, spawn: spawnNode }, Number(values.rounds));
}

const server = await createServer({ server: { port: 0, hmr: false }, logLevel: 'error' });
try {
  for (const part of positionals.length > 0 ? positionals : ['matmul', 'step', 'generate']) {
    console.log(`# ${part}, ${values.in}, ${values.variant}, ${threads} thread${threads > 1 ? 's' : ''}`);
    const rows = await (values.in === 'node' ? inNode(server, part) : inChromium(server, part));
    for (const { name, microseconds, gflops } of rows)
      console.log(
        `${name.padEnd(32)} ${microseconds.toFixed(0).padStart(9)} µs${gflops ? ` ${gflops.toFixed(1).padStart(7)} GFLOP/s` : ''}`,
      );
  }
} finally {
  await server.close();
}
