/** Input that is made to take long or too much. */
import { buildTask } from '../../../src/data/build';
import { guessMapping } from '../../../src/data/guess';
import { readTable } from '../../../src/data/read';
import { DataError } from '../../../src/data/task';
import { must, refused, Refusal } from './target';

const rows = (cell: string, n = 12) =>
  Array.from({ length: n }, (_, i) => `${cell}${i},${i % 2 ? 'a' : 'b'}`);
const csv = (lines: string[], more = '') => `text,label\n${lines.join('\n')}\n${more}`;
const M = 1_000_000;

export const bombs: [what: string, name: string, text: string][] = [
  ['a cell of 10 MB', 'a.csv', csv(rows('x'), `${'y'.repeat(10 * M)},a`)],
  ['a cell of 10 MB of quotes', 'a.csv', csv(rows('x'), `"${'""'.repeat(5 * M)}",a`)],
  ['a quote that never closes, before 5 MB', 'a.csv', `text,label\n"\n${rows('x', 400_000).join('\n')}`],
  ['quotes in every cell that never close', 'a.csv', csv(rows('"x', 200_000))],
  ['2 MB of white space', 'a.csv', csv(rows('x'), `${' '.repeat(2 * M)},a`)],
  ['2 MB of empty lines', 'a.csv', csv(rows('x'), '\n'.repeat(2 * M))],
  ['2 MB of commas', 'a.csv', csv([','.repeat(2 * M)])],
  ['100,000 columns', 'a.csv', [rows('c', 50_000).join(','), rows('v', 50_000).join(',')].join('\n')],
  ['2 MB of tabs and spaces without a file name that helps', 'a.txt', '\t '.repeat(M)],
  ['lists 500,000 deep', 'a.json', `${'['.repeat(500_000)}1${']'.repeat(500_000)}`],
  ['objects 200,000 deep', 'a.json', `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`],
  ['lists 500,000 deep that never close', 'a.jsonl', '['.repeat(500_000)],
  ['tuples 500,000 deep, as Python writes them', 'a.txt', '('.repeat(500_000)],
  ['a number of 2 MB', 'a.json', `[{"text": ${'9'.repeat(2 * M)}, "label": "a"}]`],
  ['2 MB of backslashes', 'a.json', `[{"text": "${'\\\\'.repeat(M)}", "label": "a"}]`],
  ['a text that never closes', 'a.json', `[{"text": "${'x'.repeat(2 * M)}`],
  ['50,000 columns of one name', 'a.csv', `${'a,'.repeat(50_000)}a\n${'1,'.repeat(50_000)}1`],
  ['200,000 keys', 'a.json', `[{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`).join(',')}}]`],
  [
    'keys that objects have',
    'a.json',
    '[{"__proto__": {"polluted": "yes"}, "text": "a", "label": "b"}, {"text": "c", "label": "d"}]',
  ],
  ['labels of 2 MB', 'a.txt', rows('LABEL:x '.repeat(10_000), 12).join('\n')],
  ['control and direction characters', 'a.csv', csv(rows('\u202E\u0000\u0007\u2066'))],
];

/** Reads one; what is wrong with the result is thrown. @returns milliseconds that it took, and bytes */
export function defuse(name: string, text: string): { ms: number; bytes: number } {
  const bytes = new TextEncoder().encode(text);
  const from = performance.now();
  try {
    const table = readTable(bytes, name);
    must(
      table.rows.every((row) => row.length === table.columns.length),
      'rows of other lengths than the head',
    );
    if (table.columns.length > 1 && table.columns.length < 100)
      buildTask({ train: table }, guessMapping(table));
  } catch (error) {
    try {
      refused(error, [DataError], '');
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      must(refusal.message.length < 2000, 'an error as long as the input');
    }
  }
  must(!('polluted' in {}), 'a key became a property of every object');
  return { ms: performance.now() - from, bytes: bytes.length };
}
