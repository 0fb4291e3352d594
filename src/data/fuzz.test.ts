/** Damaged files: whatever comes in, out comes an even table or a DataError that names the file. */
import { expect, test } from 'vitest';
import { buildTask } from './build';
import { guessMapping } from './guess';
import { readTable } from './read';
import { seededHash } from './split';
import { DataError } from './task';

const FILES: [string, string][] = [
  ['a.csv', 'text,label\r\n"a, ""b""\r\nc",x\r\nplain words,y\r\n"éà",x\r\nmore,y\r\n'],
  ['a.tsv', 'some words here\tx\n"quoted\ty\nlast one"\tx\n'],
  ['a.json', '{"train": [["hello there", "greet"], ["bye", "part"]], "val": [["see you", "part"]]}'],
  ['b.json', '[{"text": "a", "tags": ["x", {"y": null}], "n": {"m": -1.5e3}}, {"text": "b\\u00e9"}]'],
  ['c.json', '{"text": {"0": "a", "1": "b"}, "label": {"0": "x", "1": "y"}}'],
  [
    'a.jsonl',
    '{"input": "a\\nb", "target": "x"}\n{"input": "c", "target": "y"}\n{"input": "d", "target": "y"}\n',
  ],
  ['a.txt', "{'text': \"it's\", 'n': None}\n{'text': 'b', 'n': ('c',)}\n"],
  ['b.txt', 'DESC:def What is it ?\nHUM:ind Who is it ?\nDESC:reason Why ?\n'],
];
const SIGNS = [
  0, 9, 10, 13, 34, 39, 44, 58, 59, 91, 93, 92, 123, 124, 125, 0x80, 0xc3, 0xd5, 0xe9, 0xff, 0xfe, 65, 48,
];

/** Deletes, inserts, copies and cuts at places drawn from the seed. */
function damaged(bytes: Uint8Array, seed: number): Uint8Array {
  const draw = (what: string, n: number) => seededHash(what, seed) % Math.max(1, n);
  let now = [...bytes];
  for (let i = 0; i <= draw('times', 4); i++) {
    const at = draw(`at ${i}`, now.length);
    const sign = SIGNS[draw(`sign ${i}`, SIGNS.length)] ?? 0;
    const kind = draw(`kind ${i}`, 4);
    if (kind === 0) now.splice(at, 1 + draw(`many ${i}`, 5));
    else if (kind === 1) now.splice(at, 0, sign);
    else if (kind === 2) now[at] = sign;
    else now = [...now.slice(0, at), ...now.slice(draw(`from ${i}`, now.length))];
  }
  return new Uint8Array(now);
}

test.each(FILES)('%s, damaged 400 ways', (name, text) => {
  const whole = new TextEncoder().encode(text);
  let read = 0;
  for (let seed = 0; seed < 400; seed++) {
    try {
      const table = readTable(damaged(whole, seed), name);
      read++;
      expect(table.rows.every((row) => row.length === table.columns.length)).toBe(true);
      expect(table.lines).toHaveLength(table.rows.length);
      expect(new Set(table.columns).size).toBe(table.columns.length);
      expect(table.rows.length).toBeGreaterThan(0);
      if (table.columns.length > 1) buildTask({ train: table }, guessMapping(table));
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      expect(error.message.length).toBeGreaterThan(20);
    }
  }
  expect(read).toBeGreaterThan(20);
});
