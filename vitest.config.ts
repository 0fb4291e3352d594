import { svelte } from '@sveltejs/vite-plugin-svelte';
import { configDefaults, defineConfig } from 'vitest/config';
import { wasmKernels } from './src/engine/wasm/build.mjs';
import { chromium, firefox } from './tests/browser/providers.mjs';

/** WASM threads need a cross-origin isolated page. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/**
 * What is bundled before the first test. Found late, a dependency would be bundled in the middle of a run and the page
 * reloaded under its tests, so nothing else is looked for: a module that is missing here is served as it is, which
 * fails at once if it needs bundling.
 */
const dependencies = [
  '@huggingface/tokenizers',
  '@noble/hashes/legacy.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/utils.js',
  '@tensorflow/tfjs',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
  '@tensorflow/tfjs-backend-webgpu/dist/base',
  '@tensorflow/tfjs-core',
  'fast-check',
  'fflate',
  'idb-keyval',
  '@zip.js/zip.js/lib/zip-core-external.js',
  'papaparse',
  'valibot',
];

const browserTests = ['src/**/*.browser.test.ts', 'tests/engine/**/*.test.ts'];

/** @param backends what `describeBackends` of tests/engine/backends.ts runs in this browser */
const inBrowser = (browser: 'chromium' | 'firefox', provider: typeof chromium, backends: string) => ({
  plugins: [wasmKernels()],
  worker: { format: 'es' as const, plugins: () => [wasmKernels()] },
  cacheDir: `node_modules/.vite/engine-${browser}`,
  server: { headers: isolation },
  optimizeDeps: { include: dependencies, noDiscovery: true },
  test: {
    name: browser,
    include: browserTests,
    env: { LETHE_BACKENDS: backends },
    // Software adapters compile and compute slowly, and two cores may be all there is.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      provider,
      screenshotFailures: false,
      instances: [{ browser, name: `engine-${browser}` }],
    },
  },
});

export default defineConfig({
  test: {
    allowOnly: false,
    projects: [
      {
        plugins: [svelte({ configFile: false }), wasmKernels()],
        test: {
          name: 'unit',
          environment: 'node',
          include: ['src/**/*.test.ts', 'tests/{unit,parity}/**/*.test.ts'],
          exclude: [...configDefaults.exclude, '**/*.browser.test.ts'],
          testTimeout: 30_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        test: {
          name: 'data',
          environment: 'node',
          include: ['tests/data/**/*.test.ts'],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['tests/e2e/**/*.test.ts'],
          // One browser at a time; a software adapter takes minutes.
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: 'access',
          environment: 'node',
          include: ['tests/screens/access.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      {
        test: {
          name: 'screens',
          environment: 'node',
          include: ['tests/screens/screens.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 180_000,
          expect: { poll: { timeout: 60_000 } },
        },
      },
      inBrowser('chromium', chromium, 'webgpu,wasm'),
      inBrowser('firefox', firefox, 'webgpu'),
    ],
  },
});
