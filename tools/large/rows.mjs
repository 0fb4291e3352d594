/** Files of any number of rows, and a hand that drops them on a page. */
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';

const WORDS = 'it goes on and on, and nobody knows why; '.repeat(8);

/** @type {Record<'csv' | 'jsonl', { head: string, row: (i: number) => string }>} */
const formats = {
  csv: {
    head: 'id,text,label\n',
    row: (i) => `${i},"a review of some length, number ${i}: ${WORDS}",${i % 3 === 0 ? 'good' : 'bad'}\n`,
  },
  jsonl: {
    head: '',
    row: (i) =>
      `{"id": ${i}, "text": "a review of some length, number ${i}: ${WORDS}", "label": "${i % 3 === 0 ? 'good' : 'bad'}"}\n`,
  },
};

/**
 * Writes rows until the file has so many bytes.
 * @param {string} folder
 * @param {'csv' | 'jsonl'} format
 * @param {number} bytes
 */
export function writeRows(folder, format, bytes) {
  const file = path.join(folder, `large.${format}`);
  const { head, row } = formats[format];
  const handle = openSync(file, 'w');
  let written = writeSync(handle, head);
  let rows = 0;
  while (written < bytes) {
    const block = Array.from({ length: 2000 }, (_, k) => row(rows + k)).join('');
    written += writeSync(handle, block);
    rows += 2000;
  }
  closeSync(handle);
  return { file, rows, size: statSync(file).size };
}

/**
 * Drops a file of the disk on the page, as a hand does: the page gets the file itself, and no copy of it.
 * @param {import('playwright-core').Page} page
 * @param {string} file
 */
export async function dropFile(page, file) {
  const devtools = await page.context().newCDPSession(page);
  const data = { items: [], files: [file], dragOperationsMask: 1 };
  for (const type of /** @type {const} */ (['dragEnter', 'dragOver', 'drop']))
    await devtools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  await devtools.detach();
}
