/** Builds the service worker beside the page: one classic script, since not every browser runs module workers. */
import path from 'node:path';
import { build } from 'vite';
import { manifestOf } from './manifest.mjs';

/** @returns {import('vite').Plugin} */
export function serviceWorker() {
  /** @type {import('vite').ResolvedConfig} */
  let config;
  return {
    name: 'lethe-service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    closeBundle: {
      // After the public folder has been copied and everything is written: the manifest names what is there.
      order: 'post',
      sequential: true,
      async handler() {
        const outDir = path.resolve(config.root, config.build.outDir);
        const manifest = await manifestOf(outDir);
        await build({
          configFile: false,
          root: config.root,
          publicDir: false,
          logLevel: 'warn',
          define: {
            __SHELL__: JSON.stringify(manifest.shell),
            __CONTENT__: JSON.stringify(manifest.content),
            'process.env.NODE_ENV': '"production"',
          },
          build: {
            outDir,
            emptyOutDir: false,
            target: config.build.target,
            sourcemap: config.build.sourcemap,
            lib: {
              entry: path.join(import.meta.dirname, 'serviceWorker.ts'),
              formats: ['iife'],
              name: 'letheServiceWorker',
              fileName: () => 'serviceWorker.js',
            },
          },
        });
      },
    },
  };
}
