/** From a config file on disk to what the page is given, or every reason why it cannot be. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { runnerImport } from 'vite';
import { root } from '../project.mjs';

/** @typedef {import('../../src/run/config').RunConfig} RunConfig */
/** @typedef {import('../../src/run/config').ConfigProblem} ConfigProblem */

/**
 * @typedef {object} LabConfig
 * @property {RunConfig} config as the person wrote it, defaults filled in
 * @property {RunConfig} served the same with local paths replaced by addresses below the page
 * @property {Record<string, string>} mounts address path, from the page's folder, to a file or folder on disk
 */

/**
 * A path of a config on disk. `$LETHE_DATA/` at its beginning is the folder that this variable names, so that a
 * config can be the same on every machine.
 * @param {string} base folder that relative paths are relative to
 * @param {string} name as the config has it
 * @throws {Error} when it needs the variable and there is none
 */
export function localPath(base, name) {
  const inData = /^\$LETHE_DATA\/(.*)$/.exec(name);
  if (!inData) return path.resolve(base, name);
  const folder = process.env['LETHE_DATA'];
  if (!folder) throw new Error(`${name} needs the variable LETHE_DATA, which names the folder of the data`);
  return path.resolve(folder, inData[1] ?? '');
}

/** Everything the lab serves of the config's own lies here, beside the page's files. */
const place = 'lab/';

/**
 * @param {string} file
 * @param {string | undefined} backend overrides the config's
 * @returns {Promise<{ ok: true, value: LabConfig } | { ok: false, problems: ConfigProblem[] }>}
 */
export async function readConfig(file, backend) {
  let json;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, problems: [{ path: '', message }] };
  }
  if (backend !== undefined && json !== null && typeof json === 'object') json.backend = backend;
  const { module } = /** @type {{ module: typeof import('../../src/run/config') }} */ (
    await runnerImport(path.join(root, 'src/run/config.ts'), { root, configFile: false, logLevel: 'error' })
  );
  const parsed = module.parseRunConfig(json);
  if (!parsed.ok) return parsed;
  return locate(parsed.config, path.dirname(path.resolve(file)));
}

/**
 * Finds the config's local files. Each is served under an address of its own, so that nothing beside the files
 * that the config names can be read through the server.
 * @param {RunConfig} config
 * @param {string} base folder that its paths are relative to
 * @returns {{ ok: true, value: LabConfig } | { ok: false, problems: ConfigProblem[] }}
 */
export function locate(config, base) {
  /** @type {ConfigProblem[]} */
  const problems = [];
  /** @type {Record<string, string>} */
  const mounts = {};
  const served = structuredClone(config);
  const empty = "the lab's browser is a fresh one and keeps nothing; name files or a folder";

  /** @param {string} at path in the config @param {string} name */
  const onDisk = (at, name) => {
    try {
      return localPath(base, name);
    } catch (error) {
      problems.push({ path: at, message: error instanceof Error ? error.message : String(error) });
      return null;
    }
  };

  const folder = served.model.source === 'folder' ? onDisk('model.path', served.model.path) : null;
  if (served.model.source === 'folder' && folder !== null) {
    if (!existsSync(path.join(folder, 'config.json')))
      problems.push({ path: 'model.path', message: `${folder} is no Hugging Face folder: no config.json` });
    mounts[`${place}model/`] = folder;
    served.model.path = `${place}model/`;
  } else if (served.model.source !== 'bundled' && served.model.source !== 'folder')
    problems.push({ path: 'model.source', message: empty });

  served.tasks.forEach(({ data }, index) => {
    if (data.kind === 'stored') problems.push({ path: `tasks.${index}.data.kind`, message: empty });
    if (data.kind !== 'files') return;
    for (const part of /** @type {const} */ (['train', 'validation', 'test'])) {
      const name = data[part];
      if (name === undefined) continue;
      const file = onDisk(`tasks.${index}.data.${part}`, name);
      if (file === null) continue;
      if (!statSync(file, { throwIfNoEntry: false })?.isFile())
        problems.push({ path: `tasks.${index}.data.${part}`, message: `${file} is no file` });
      // The ending says how to read it.
      const address = `${place}tasks/${index}/${part}${path.extname(file).replace(/[^.\w]/g, '')}`;
      mounts[address] = file;
      data[part] = address;
    }
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: { config, served, mounts } };
}

/**
 * Messages of the page name addresses; people named files.
 * @param {string} text
 * @param {Record<string, string>} mounts
 */
export function withLocalNames(text, mounts) {
  return Object.entries(mounts).reduce((result, [address, file]) => result.replaceAll(address, file), text);
}
