/** Writes `licences.txt` beside the built page: every package whose code is in it, with the words of its licence. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} version
 * @property {string} licence SPDX expression, as the package has it
 * @property {string} home
 * @property {string} text its licence file; empty where it has none
 */

/**
 * The folder of the package that a module is of; null for modules of ours.
 * @param {string} id
 */
export function packageFolder(id) {
  const found = /^\0?(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/.exec(id.split('?')[0] ?? '');
  return found?.[1] ?? null;
}

/**
 * @param {string} folder
 * @returns {Package | null} null for a folder without a package.json
 */
export function readPackage(folder) {
  const file = path.join(folder, 'package.json');
  if (!existsSync(file)) return null;
  const { name, version, license, repository, homepage } = JSON.parse(readFileSync(file, 'utf8'));
  const address = typeof repository === 'string' ? repository : repository?.url;
  const own = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  return {
    name,
    version,
    licence: typeof license === 'string' ? license : (license?.type ?? 'not stated'),
    home: String(homepage ?? address ?? '').replace(/^git\+|\.git$/g, ''),
    text: own ? readFileSync(path.join(folder, own), 'utf8').trim() : '',
  };
}

/** @param {readonly Package[]} packages @returns {string} */
export function licencesText(packages) {
  const sorted = [...packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  const list = sorted.map(
    ({ name, version, licence, home }) => `${name} ${version}: ${licence}${home && `\n  ${home}`}`,
  );
  const texts = sorted.flatMap(({ name, version, text }) => (text ? [`${name} ${version}\n\n${text}`] : []));
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  return `Lethe is under the Apache License 2.0. It is made with these packages:\n\n${[list.join('\n'), ...texts].join(line)}\n`;
}

/**
 * @param {object} o
 * @param {string} o.root
 * @param {readonly string[]} o.also packages whose code gets into the page by other ways than its bundle
 * @returns {{ page: import('vite').Plugin, worker: () => import('vite').Plugin }} workers are bundled apart
 */
export function licences({ root, also }) {
  /** @type {Set<string>} */
  const folders = new Set(also.map((name) => path.join(root, 'node_modules', name)));
  /** @param {{ modules: Record<string, unknown> }} chunk */
  const note = (chunk) => {
    for (const id of Object.keys(chunk.modules)) {
      const folder = packageFolder(id);
      if (folder !== null) folders.add(folder);
    }
  };
  /** @returns {import('vite').Plugin} */
  const collector = () => ({
    name: 'lethe-licences-of-workers',
    generateBundle(_, bundle) {
      for (const output of Object.values(bundle)) if (output.type === 'chunk') note(output);
    },
  });
  return {
    worker: collector,
    page: {
      name: 'lethe-licences',
      apply: 'build',
      generateBundle(_, bundle) {
        for (const output of Object.values(bundle)) if (output.type === 'chunk') note(output);
        const packages = [...folders].flatMap((folder) => readPackage(folder) ?? []);
        const unique = new Map(packages.map((found) => [`${found.name} ${found.version}`, found]));
        this.emitFile({
          type: 'asset',
          fileName: 'licences.txt',
          source: licencesText([...unique.values()]),
        });
      },
    },
  };
}
