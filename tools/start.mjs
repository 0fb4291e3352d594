/**
 * npm start [-- --port 4173] [--no-open] [--lan]
 *
 * Installs and builds what is missing or stale, serves the page on this machine and opens it. --lan serves it to the
 * machines of the network too.
 */
import { spawn } from 'node:child_process';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { dist, ensureBuild, ensureDependencies } from './project.mjs';
import { lanWords, serve } from './serve.mjs';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4173' },
    'no-open': { type: 'boolean', default: false },
    lan: { type: 'boolean', default: false },
  },
});

/** @param {string} url */
function openInBrowser(url) {
  const [command, ...args] = {
    darwin: ['open', url],
    win32: ['cmd', '/c', 'start', '', url],
  }[/** @type {string} */ (process.platform)] ?? ['xdg-open', url];
  if (command === undefined) return;
  // Without a desktop there is nothing to open it with; the address is printed either way.
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}

ensureDependencies();
await ensureBuild();
const port = Number(values.port);
/** @param {unknown} error */
const isTaken = (error) => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
// Runs are kept by origin, so the port stays the same from one start to the next where it can.
const { lan } = values;
const server = await serve({ mounts: { '/': dist }, port, lan }).catch((/** @type {unknown} */ error) => {
  if (!isTaken(error)) throw error;
  console.error(`Port ${port} is taken; runs kept under it are not seen under another.`);
  return serve({ mounts: { '/': dist }, lan });
});
console.log(`Lethe is at ${server.origin}/ (stop it with Ctrl+C)`);
if (lan) console.log(lanWords(server.lan));
if (!values['no-open'] && process.env['CI'] === undefined) openInBrowser(`${server.origin}/`);
