/**
 * Finds a browser for the tests, the lab and the parity check: the one that an environment variable names, an
 * installed one, Debian's package (installed when root), and for Chromium at last Playwright's own download.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';

/** @typedef {'chromium' | 'firefox'} BrowserName */

const variables = { chromium: 'LETHE_CHROMIUM', firefox: 'LETHE_FIREFOX' };

/** Debian's packages; Mesa gives Firefox a Vulkan device where there is no GPU. */
const packages = { chromium: ['chromium'], firefox: ['firefox-esr', 'mesa-vulkan-drivers'] };

const commands = {
  chromium: ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome'],
  firefox: ['firefox', 'firefox-esr'],
};

/** @param {BrowserName} name */
function usualPlaces(name) {
  if (process.platform === 'darwin')
    return name === 'chromium'
      ? [
          '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
          '/Applications/Chromium.app/Contents/MacOS/Chromium',
        ]
      : ['/Applications/Firefox.app/Contents/MacOS/firefox'];
  if (process.platform === 'win32') {
    const roots = [
      process.env['PROGRAMFILES'],
      process.env['PROGRAMFILES(X86)'],
      process.env['LOCALAPPDATA'],
    ].filter((root) => root !== undefined);
    const below =
      name === 'chromium' ? 'Google\\Chrome\\Application\\chrome.exe' : 'Mozilla Firefox\\firefox.exe';
    return roots.map((root) => path.join(root, below));
  }
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter((folder) => folder !== '');
  return [
    // Debian's launchers in /usr/bin are the binaries' own; a distribution's wrapper works as well.
    ...commands[name].flatMap((command) => folders.map((folder) => path.join(folder, command))),
    ...(name === 'chromium' ? ['/opt/google/chrome/chrome', '/usr/lib/chromium/chromium'] : []),
  ];
}

/** @param {BrowserName} name */
const installed = (name) => usualPlaces(name).find((place) => existsSync(place));

/** @param {string} message */
const say = (message) => process.stderr.write(`${message}\n`);

/**
 * @param {string} command
 * @param {string[]} args
 */
function ran(command, args) {
  const { status } = spawnSync(command, args, {
    // What an installer prints is progress, never a result.
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  return status === 0;
}

/** @param {BrowserName} name */
function installFromDebian(name) {
  const isRoot = process.getuid?.() === 0;
  if (process.platform !== 'linux' || !isRoot || !existsSync('/usr/bin/apt-get')) return false;
  say(`Installing ${packages[name].join(' and ')} …`);
  ran('apt-get', ['update', '-q']);
  return ran('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages[name]]);
}

/** A Vulkan driver that computes on the CPU, for Firefox's WebGPU on a machine without a GPU. */
function hasVulkanDriver() {
  if (process.platform !== 'linux') return true;
  return ['/usr/share/vulkan/icd.d', '/etc/vulkan/icd.d'].some((folder) => existsSync(folder));
}

function installFromPlaywright() {
  const require = createRequire(import.meta.url);
  const home = path.dirname(require.resolve('playwright-core/package.json'));
  say('Downloading Chromium …');
  if (!ran(process.execPath, [path.join(home, 'cli.js'), 'install', 'chromium'])) return undefined;
  const { chromium } = require('playwright-core');
  const place = chromium.executablePath();
  return existsSync(place) ? place : undefined;
}

/**
 * @param {BrowserName} name
 * @returns {string} path of the browser's program
 * @throws {Error} that says how to name one, when none can be found or installed
 */
export function findBrowser(name) {
  const variable = variables[name];
  const named = process.env[variable];
  if (named !== undefined && named !== '') {
    if (!existsSync(named)) throw new Error(`${variable} names ${named}, which does not exist`);
    return named;
  }
  let place = installed(name);
  if (place !== undefined && name === 'firefox' && !hasVulkanDriver()) installFromDebian(name);
  if (place === undefined && installFromDebian(name)) place = installed(name);
  if (place === undefined && name === 'chromium') place = installFromPlaywright();
  if (place === undefined)
    throw new Error(`No ${name} was found or could be installed; name its program in ${variable}`);
  return place;
}
