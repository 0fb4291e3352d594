import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, loadEnv } from 'vite';
import { wasmKernels } from './src/engine/wasm/build.mjs';
import { isolationHeaders } from './src/serviceWorker/headers.mjs';
import { hubAddresses } from './src/models/hub/bases.mjs';
import { licences } from './src/security/licences.mjs';
import { securityPolicy } from './src/security/plugin.mjs';
import { serviceWorker } from './src/serviceWorker/plugin.mjs';
import { words } from './src/words/plugin.mjs';
import { buildStamp } from './tools/project.mjs';

const licensed = licences({
  root: import.meta.dirname,
  // The service worker is built after the page, and AssemblyScript's own functions are in our WebAssembly.
  also: ['workbox-core', 'workbox-precaching', 'workbox-routing', 'assemblyscript'],
});

export default defineConfig(({ mode }) => ({
  // Relative addresses, so that dist/ works from any static host under any path.
  base: './',
  plugins: [
    words(),
    // Elements are made one by one: markup as text is what the policy forbids.
    svelte({ compilerOptions: { fragments: 'tree' } }),
    wasmKernels(),
    securityPolicy(hubAddresses(loadEnv(mode, import.meta.dirname, 'VITE_HUB')).origins),
    licensed.page,
    serviceWorker(),
    buildStamp(),
  ],
  worker: { format: 'es', plugins: () => [wasmKernels(), licensed.worker()] },
  build: {
    target: 'es2023',
    sourcemap: true,
    // How long each plugin took is no warning.
    rolldownOptions: { checks: { bundlerTimings: false } },
  },
  server: { headers: isolationHeaders },
  preview: { headers: isolationHeaders },
}));
