/** Which files of a build the service worker keeps, and their versions. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/**
 * @typedef {{ url: string, revision: string }} Entry
 * @typedef {{ shell: Entry[], content: Entry[] }} Manifest `shell` is what the page needs to start, kept before the
 *   worker takes over; `content` is what it needs to train offline, fetched once the page is at rest
 */

/** Not worth a place offline. */
const leftOut = [/\.map$/, /^serviceWorker\.js$/];
const isContent = (/** @type {string} */ url) => /^(models|tasks|lessons)\//.test(url);

/**
 * @param {string} folder a finished build
 * @returns {Promise<Manifest>}
 */
export async function manifestOf(folder) {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  const urls = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter((url) => !leftOut.some((pattern) => pattern.test(url)))
    .sort();
  const entries = await Promise.all(
    urls.map(async (url) => ({
      url,
      revision: createHash('sha256')
        .update(await readFile(path.join(folder, url)))
        .digest('hex')
        .slice(0, 16),
    })),
  );
  return {
    shell: entries.filter(({ url }) => !isContent(url)),
    content: entries.filter(({ url }) => isContent(url)),
  };
}
