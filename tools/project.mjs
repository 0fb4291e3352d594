/** What every command of the project needs first: its dependencies, and an up-to-date build. Plain Node. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

export const root = path.resolve(import.meta.dirname, '..');
export const dist = path.join(root, 'dist');
/** Whatever the tools keep between runs. */
export const cache = path.join(root, 'node_modules/.cache/lethe');

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [optional] may be missing: packages for other platforms
 * @property {boolean} [link]
 */

/**
 * @param {string} file a package-lock.json
 * @returns {Record<string, LockEntry>}
 */
function lockedPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages ?? {};
}

/** Whether node_modules holds what package-lock.json asks for; npm keeps its own list of what it installed. */
function dependenciesAreInstalled() {
  const installedList = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const installed = lockedPackages(installedList);
  return Object.entries(lockedPackages(path.join(root, 'package-lock.json'))).every(
    ([where, entry]) =>
      where === '' ||
      (installed[where] === undefined ? entry.optional === true : installed[where].version === entry.version),
  );
}

/** Installs the dependencies when they are missing or not those of the lock file. */
export function ensureDependencies() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    console.error(`Node 20.19 or newer is needed; this is ${process.versions.node}.`);
    process.exit(1);
  }
  if (dependenciesAreInstalled()) return;
  console.error('Installing dependencies …');
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  // npm names its own script to the scripts it runs; Windows cannot start npm's shell script directly.
  const npm = process.env['npm_execpath'];
  const { status } = npm?.endsWith('.js')
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (status !== 0) {
    console.error('The dependencies could not be installed.');
    process.exit(1);
  }
}

/** Everything that the build reads. */
const inputs = ['src', 'public', 'index.html', 'vite.config.ts', 'package-lock.json', 'tsconfig.json'];

/** Changes when any input changes. */
function fingerprint() {
  const hash = createHash('sha256');
  /** @param {string} name */
  const add = (name) => {
    const file = path.join(root, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found === undefined) return;
    if (found.isDirectory()) for (const child of readdirSync(file).sort()) add(`${name}/${child}`);
    else hash.update(`${name}\0${found.size}\0${found.mtimeMs}\n`);
  };
  inputs.forEach(add);
  return hash.digest('hex');
}

/**
 * Builds dist/ when it is missing or older than its sources.
 * @throws {Error} when the build fails
 */
export async function ensureBuild() {
  const stamp = path.join(cache, 'build');
  const wanted = fingerprint();
  const current = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (current === wanted && existsSync(path.join(dist, 'index.html'))) return;
  console.error('Building the page …');
  const environment = process.env['NODE_ENV'];
  const { build } = await import('vite');
  // Test runners set their own, and Vite would build a page that is not the one people get.
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ root, logLevel: 'warn' });
  } finally {
    if (environment === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = environment;
  }
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, wanted);
}
