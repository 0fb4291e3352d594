/**
 * npm run pack [-- FOLDER]
 *
 * Writes a folder, `lethe-folder` unless another is named, for a USB stick or a shared drive: the built page in
 * `site/`, a server in one file that needs Node alone, and a note that says how to start it.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { dist, ensureBuild, ensureDependencies, root } from './project.mjs';

const NOTE = `Lethe, to be run from this folder

On this machine, with Node 20.19 or newer:
    node serve.mjs
and open http://localhost:8080/ in a current Chrome, Edge or Firefox.

For a class, on one machine of the network:
    node serve.mjs site 8080 --lan
and the others open the address that it prints. They train on WASM with one thread, since browsers give
pages on plain http no GPU, no threads and no offline use; the page lists what is missing.

Without Node, any static server does, say Python's:
    python3 -m http.server 8080 --directory site

Opening site/index.html by a double click does not work: browsers load no scripts of such pages from the disk.
A copy of this folder on each machine, started there, has all of it: localhost counts as safe.
`;

/**
 * @param {string} folder is made, or must hold an earlier one
 * @returns {Promise<void>}
 */
export async function pack(folder) {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(path.join(folder, 'serve.mjs')))
    throw new Error(`${folder} has something else in it; name an empty or a new folder`);
  await ensureBuild();
  const site = path.join(folder, 'site');
  rmSync(site, { recursive: true, force: true });
  mkdirSync(site, { recursive: true });
  cpSync(dist, site, { recursive: true, filter: (file) => !file.endsWith('.map') });
  const { build } = await import('vite');
  await build({
    configFile: false,
    root,
    publicDir: false,
    logLevel: 'warn',
    build: {
      ssr: path.join(import.meta.dirname, 'serve.mjs'),
      outDir: folder,
      emptyOutDir: false,
      target: 'node20',
      rolldownOptions: { output: { entryFileNames: 'serve.mjs' } },
    },
  });
  writeFileSync(path.join(folder, 'README.txt'), NOTE);
}

const started = process.argv[1];
if (started !== undefined && import.meta.url === pathToFileURL(started).href) {
  ensureDependencies();
  const folder = path.resolve(process.argv[2] ?? 'lethe-folder');
  await pack(folder);
  console.log(`${folder} is ready; its README.txt says how to start it.`);
}
