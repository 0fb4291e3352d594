/**
 * Speed of the WebGPU kernels: `node bench/webgpu-kernels.mjs [matmul|step|ops] [--in chromium|firefox]
 * [--kernels auto|software|gpu] [--features all|none]`. matmul: GFLOP/s of a training step's products; step: a whole
 * training step; ops: milliseconds of each operation in it. With LETHE_GPU=1 on this machine's GPU.
 */
import { parseArgs } from 'node:util';
import { createServer } from 'vite';
import { wasmKernels } from '../src/engine/wasm/build.mjs';
import { launch } from '../tests/browser/launch.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    in: { type: 'string', default: 'chromium' },
    kernels: { type: 'string', default: 'auto' },
    features: { type: 'string', default: 'all' },
  },
});

const { in: name } = values;
if (name !== 'chromium' && name !== 'firefox') throw new Error(`--in ${name}: chromium or firefox`);
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
const browser = await launch(name);
try {
  const page = await browser.newPage();
  await page.exposeFunction('say', (line) => console.log(line));
  await page.goto(new URL('blank', server.resolvedUrls?.local[0]).href);
  await page.evaluate(
    async ([path = '', part, kernels, features]) => {
      const page = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (window));
      await (await import(/* @vite-ignore */ path)).run(part, { kernels, features }, page['say']);
    },
    ['/bench/webgpuKernels.ts', positionals[0] ?? 'matmul', values.kernels, values.features],
  );
} finally {
  await browser.close();
  await server.close();
}
