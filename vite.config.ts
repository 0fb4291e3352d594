import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { wasmKernels } from './src/engine/wasm/build.mjs';

/**
 * Cross-origin isolation gives the WASM engine its threads; without these headers the page still works,
 * on one thread.
 */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  // Relative addresses, so that dist/ works from any static host under any path.
  base: './',
  plugins: [svelte(), wasmKernels()],
  worker: { format: 'es', plugins: () => [wasmKernels()] },
  build: {
    target: 'es2023',
    sourcemap: true,
    // How long each plugin took is no warning.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { headers: isolation },
  preview: { headers: isolation },
});
