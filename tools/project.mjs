/** What every command of the project needs first: its dependencies, and an up-to-date build. Plain Node. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
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

/** Of a build that nobody asked to be another. */
const MODE = 'production';

/** Where the fingerprint of what dist/ was built from lies. */
const stampFile = path.join(cache, 'build');

/** Changes when any input changes, or the Hub that the page is built for. */
export async function fingerprint() {
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
  // As the build reads them: from the environment, and from files named .env.
  const { loadEnv } = await import('vite');
  const hub = Object.entries(loadEnv(MODE, root, 'VITE_HUB')).sort();
  return hash.update(JSON.stringify(hub)).digest('hex');
}

/**
 * Notes what dist/ is built from, whoever builds it; a build that fails, or is of another mode, leaves no stamp.
 * @param {string} [stamp] file to note it in
 * @returns {import('vite').Plugin}
 */
export function buildStamp(stamp = stampFile) {
  let own = false;
  let usual = false;
  let wanted = '';
  let written = false;
  return {
    name: 'lethe-build-stamp',
    apply: 'build',
    configResolved({ root: base, build, mode }) {
      own = path.resolve(base, build.outDir) === dist;
      usual = mode === MODE;
    },
    async buildStart() {
      written = false;
      if (!own) return;
      rmSync(stamp, { force: true });
      // Before anything is read: what changes meanwhile is built the next time.
      wanted = await fingerprint();
    },
    writeBundle() {
      written = true;
    },
    closeBundle: {
      // After all others, whose failure leaves it out.
      order: 'post',
      sequential: true,
      handler() {
        if (!own || !usual || !written) return;
        mkdirSync(path.dirname(stamp), { recursive: true });
        writeFileSync(stamp, wanted);
      },
    },
  };
}

/**
 * Builds dist/ when it is missing or older than its sources.
 * @throws {Error} when the build fails
 */
export async function ensureBuild() {
  const current = existsSync(stampFile) ? readFileSync(stampFile, 'utf8') : '';
  if (existsSync(path.join(dist, 'index.html')) && current === (await fingerprint())) return;
  console.error('Building the page …');
  const environment = process.env['NODE_ENV'];
  const { build } = await import('vite');
  // Test runners set their own, and Vite would build a page that is not the one people get.
  process.env['NODE_ENV'] = 'production';
  try {
    // Its plugin leaves the stamp.
    await build({ root, logLevel: 'warn' });
  } finally {
    if (environment === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = environment;
  }
}
