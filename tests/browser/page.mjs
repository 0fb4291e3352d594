/** Builds a page that only tests open: the same bundler and worker format as the product's. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { wasmKernels } from '../../src/engine/wasm/build.mjs';

/**
 * @param {string} folder that holds the page's index.html
 * @returns {Promise<{ folder: string, remove(): void }>} where the built page lies
 */
export async function buildTestPage(folder) {
  const outDir = mkdtempSync(path.join(tmpdir(), 'lethe-page-'));
  await build({
    root: folder,
    configFile: false,
    plugins: [wasmKernels()],
    base: './',
    logLevel: 'error',
    worker: { format: 'es', plugins: () => [wasmKernels()] },
    build: { target: 'es2023', outDir, emptyOutDir: true, minify: false, chunkSizeWarningLimit: 1e6 },
  });
  return { folder: outDir, remove: () => rmSync(outDir, { recursive: true, force: true }) };
}
