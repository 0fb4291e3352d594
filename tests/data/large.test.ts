/** A file far larger than what is kept of it: the first rows at once, a fair sample, and memory that stays flat. */
import { mkdtempSync, openAsBlob, rmSync, writeSync, openSync, closeSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, expect, test } from 'vitest';
import { readFile, sampleRows } from '../../src/data/files';

const folder = mkdtempSync(path.join(tmpdir(), 'lethe-large-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lineOf = (i: number): string =>
  `${i},"a review of some length, number ${i}: ${'it goes on and on. '.repeat(18)}",${i % 3 === 0 ? 'good' : 'bad'}\n`;
const ROWS = 900_000;

test('330 MB of CSV: a preview at once, and less memory than a third of the file', async () => {
  const file = path.join(folder, 'large.csv');
  const handle = openSync(file, 'w');
  writeSync(handle, 'id,text,label\n');
  for (let i = 0; i < ROWS; i += 10_000)
    writeSync(handle, Array.from({ length: 10_000 }, (_, k) => lineOf(i + k)).join(''));
  closeSync(handle);
  const { size } = statSync(file);
  expect(size).toBeGreaterThan(330e6);

  const before = process.memoryUsage().rss;
  let most = before;
  let previewAt: number | null = null;
  let loadedLast = 0;
  const { table, of } = await readFile(await openAsBlob(file), 'large.csv', {
    onPreview: ({ columns, rows }) => {
      previewAt = loadedLast;
      expect(columns).toEqual(['id', 'text', 'label']);
      expect(rows.length).toBeGreaterThan(5);
    },
    onProgress: (loaded) => {
      loadedLast = loaded;
      most = Math.max(most, process.memoryUsage().rss);
    },
  });
  expect(previewAt).toBe(0);
  expect(table.rows).toHaveLength(sampleRows);
  expect(of).toBe(ROWS + 1);
  expect(table.warnings[0]?.message).toContain('drawn at random');
  const ids = table.rows.map(([id]) => Number(id));
  const mean = ids.reduce((sum, id) => sum + id, 0) / ids.length;
  expect(Math.abs(mean / ROWS - 0.5)).toBeLessThan(0.02);
  console.info(
    `${Math.round(size / 1e6)} MB read; memory grew by ${Math.round((most - before) / 1e6)} MB at most`,
  );
  expect(most - before).toBeLessThan(size / 3);
});
