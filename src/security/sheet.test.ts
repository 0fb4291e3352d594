import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import Papa from 'papaparse';
import { expect, test } from 'vitest';
import { sheetOf } from './sheet';

/** The cell as a spreadsheet reads it from the sheet. */
const written = (value: unknown): string => Papa.parse<string[]>(sheetOf([{ a: value }])).data[1]![0]!;

test.each([
  '=1+1',
  '+1+1',
  '-2+3',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '  =1',
  "=cmd|' /C calc'!A0",
  '-x',
  '|x',
  '%0a=1',
])('%j stays text', (text) => expect(written(text)).toBe(`'${text}`));

test.each(['words', '12', '-12.5', '+3', '-1.5e-7', 'a=b', '–', 'x@y'])('%j is left as it is', (text) =>
  expect(written(text)).toBe(text),
);

test('heads are guarded too, and numbers are no text', () => {
  expect(sheetOf([{ '=a': '=b', n: -1 }])).toBe(`"'=a",n\r\n"'=b",-1`);
});

test('no sheet leaves the page by another way', () => {
  const source = path.resolve(import.meta.dirname, '..');
  const others = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter(
      (file) =>
        /\.(ts|svelte)$/.test(file) &&
        !file.endsWith('.test.ts') &&
        file !== path.join('security', 'sheet.ts'),
    )
    .filter((file) => /\bunparse\b/.test(readFileSync(path.join(source, file), 'utf8')));
  expect(others).toEqual([]);
});
