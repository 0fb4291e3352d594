import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { wasmKernels } from './src/engine/wasm/build.mjs';
import { isolationHeaders } from './src/serviceWorker/headers.mjs';
import { securityPolicy } from './src/security/plugin.mjs';
import { serviceWorker } from './src/serviceWorker/plugin.mjs';

export default defineConfig({
  // Relative addresses, so that dist/ works from any static host under any path.
  base: './',
  plugins: [
    // Elements are made one by one: markup as text is what the policy forbids.
    svelte({ compilerOptions: { fragments: 'tree' } }),
    wasmKernels(),
    securityPolicy(),
    serviceWorker(),
  ],
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
