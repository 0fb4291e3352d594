/** The results of a study's cells on disk: a file each, so that they are kept one by one and told apart in a diff. */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** @typedef {import('../../src/run/study').CellResult} CellResult */

/**
 * @param {string} folder
 * @returns {CellResult[]} what is no cell's result is passed over
 */
export function cellsIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^(run|trial)\..*\.json$/.test(name))
    .sort()
    .flatMap((name) => {
      const cell = /** @type {CellResult} */ (JSON.parse(readFileSync(path.join(folder, name), 'utf8')));
      return `${cell.id}.json` === name ? [cell] : [];
    });
}

/**
 * Whole or not at all: a name that is there is a whole file.
 * @param {string} folder
 * @param {CellResult} cell
 */
export function keepCell(folder, cell) {
  const file = path.join(folder, `${cell.id}.json`);
  writeFileSync(`${file}.part`, `${JSON.stringify(cell, null, 1)}\n`);
  renameSync(`${file}.part`, file);
}
