/** Readers of data: CSV, JSON, JSON Lines, Parquet. */
import fc from 'fast-check';
import { parquetWriteBuffer } from 'hyparquet-writer';
import Papa from 'papaparse';
import { readParquet } from '../../../src/data/parquet';
import { readTable } from '../../../src/data/read';
import { DataError, type Table } from '../../../src/data/task';
import { damaged, type Damaged } from './damage';
import { Lie, must, refused, utf8, type Target } from './target';

/** Words as people write them, with what readers of text trip over. */
const cell = fc.oneof(
  { weight: 4, arbitrary: fc.stringMatching(/^[a-zA-Z][a-zA-Z éü,."'-]{0,30}[a-z]$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^[a-z]{1,5}\n[a-z]{1,5}$/) },
  { weight: 1, arbitrary: fc.stringMatching(/^=[a-z(]{1,9}[a-z]$/) },
);
const label = fc.constantFrom('yes', 'no', 'maybe');

interface Rows {
  columns: string[];
  rows: string[][];
}

const rowsOf = (extra: fc.Arbitrary<string>): fc.Arbitrary<Rows> =>
  fc
    .record({
      columns: fc.constantFrom<string[]>(
        ['text', 'label'],
        ['text', 'label', '__proto__'],
        ['constructor', 'label', 'toString'],
      ),
      rows: fc.array(fc.tuple(extra, label, cell), { minLength: 3, maxLength: 8 }),
    })
    .map(({ columns, rows }) => ({ columns, rows: rows.map((row) => row.slice(0, columns.length)) }));

/** What every table is, whatever it was read from. */
function even(table: Table): void {
  const { columns, rows, lines } = table;
  must(rows.length > 0, 'a table without rows');
  must(
    rows.every((row) => row.length === columns.length),
    'rows of other lengths than the head',
  );
  must(lines.length === rows.length, 'not every row has a place');
  must(new Set(columns).size === columns.length, 'two columns of one name');
}

function sameTable(table: Table, { columns, rows }: Rows): void {
  must(
    JSON.stringify(table.columns) === JSON.stringify(columns),
    `columns are ${JSON.stringify(table.columns)}`,
  );
  must(JSON.stringify(table.rows) === JSON.stringify(rows), `rows are ${JSON.stringify(table.rows)}`);
}

const read = (input: Damaged, name: string): Table => {
  try {
    const table = readTable(input.bytes, name);
    even(table);
    return table;
  } catch (error) {
    return refused(error, [DataError], name);
  }
};

type Input = { made: Rows } & Damaged;
const size = ({ bytes }: Damaged): number => bytes.length;

export const csv: Target<Input> = {
  name: 'CSV',
  input: damaged(rowsOf(cell), ({ columns, rows }) => utf8(Papa.unparse({ fields: columns, data: rows }))),
  size,
  read: (input) => {
    const table = read(input, 'a.csv');
    if (input.whole) sameTable(table, input.made);
  },
};

const objects = ({ columns, rows }: Rows): string[] =>
  rows.map((row) => JSON.stringify(Object.fromEntries(row.map((text, i) => [columns[i]!, text]))));

/** Where JavaScript's own reader takes the text for rows of texts, ours must have read the same. */
function asJavaScript(values: unknown[], table: Table): void {
  const flat = values.every(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((inner) => typeof inner === 'string'),
  );
  if (!flat || values.length === 0) return;
  must(table.rows.length === values.length, `${values.length} rows became ${table.rows.length}`);
  for (const [i, value] of (values as Record<string, string>[]).entries())
    for (const [key, text] of Object.entries(value)) {
      const column = table.columns.indexOf(key);
      if (column >= 0)
        must(
          table.rows[i]![column] === text,
          `row ${i + 1}, ${key}: ${JSON.stringify(text)} became ${JSON.stringify(table.rows[i]![column])}`,
        );
    }
}

export const json: Target<Input> = {
  name: 'JSON',
  input: damaged(rowsOf(cell), (rows) => utf8(`[${objects(rows).join(',\n')}]`)),
  size,
  read: (input) => {
    const table = read(input, 'a.json');
    if (input.whole) sameTable(table, input.made);
    let values: unknown;
    try {
      values = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(input.bytes));
    } catch {
      // Python's literals are read too; then the person is told.
      must(table.warnings.length > 0 || table.format === 'jsonl', 'no JSON, and no word about it');
      return;
    }
    if (Array.isArray(values)) asJavaScript(values, table);
  },
};

export const jsonl: Target<Input> = {
  name: 'JSON Lines',
  input: damaged(rowsOf(cell), (rows) => utf8(objects(rows).join('\n'))),
  size,
  read: (input) => {
    const table = read(input, 'a.jsonl');
    if (input.whole) sameTable(table, input.made);
    try {
      const lines = new TextDecoder('utf-8', { fatal: true }).decode(input.bytes).split('\n');
      asJavaScript(
        lines.filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown),
        table,
      );
    } catch (error) {
      if (error instanceof Lie) throw error;
    }
  },
};

export const parquet: Target<Input> = {
  name: 'Parquet',
  input: damaged(
    rowsOf(cell),
    ({ columns, rows }) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: columns.map((name, i) => ({
            name,
            data: rows.map((row) => row[i]!),
            type: 'STRING' as const,
          })),
        }),
      ),
  ),
  size,
  read: async (input) => {
    let table: Table;
    try {
      ({ table } = await readParquet(new Blob([input.bytes]), 'a.parquet'));
    } catch (error) {
      return refused(error, [DataError], 'a.parquet');
    }
    even(table);
    if (input.whole) sameTable(table, input.made);
  },
};
