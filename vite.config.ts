import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { wasmKernels } from './src/engine/wasm/build.mjs';
import { isolationHeaders } from './src/serviceWorker/headers.mjs';
import { serviceWorker } from './src/serviceWorker/plugin.mjs';

export default defineConfig({
  // Relative addresses, so that dist/ works from any static host under any path.
  base: './',
  plugins: [svelte(), wasmKernels(), serviceWorker()],
  worker: { format: 'es', plugins: () => [wasmKernels()] },
  build: {
    target: 'es2023',
    sourcemap: true,
    // How long each plugin took is no warning.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
});
