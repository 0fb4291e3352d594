import { zipSync } from 'fflate';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, test } from 'vitest';
import { buildTask } from './build';
import { asJsonLines, readBytes, readFile, unpacked } from './files';
import { guessMapping } from './guess';
import { readShards } from './parquet';
import { Reservoir } from './reservoir';
import type { Table } from './task';

const blob = (text: string) => new Blob([text]);
const bytesOf = (text: string) => new TextEncoder().encode(text);
const parquet = (
  columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData'],
  more: Partial<Parameters<typeof parquetWriteBuffer>[0]> = {},
) => new Uint8Array(parquetWriteBuffer({ columnData, ...more }));

describe('Parquet', () => {
  test('columns, numbers, lists, and the names of classes', async () => {
    const file = parquet(
      [
        { name: 'text', data: ['a "quoted" one', 'zwei', 'three'], type: 'STRING' },
        { name: 'label', data: [0, 1, 0], type: 'INT32' },
        { name: 'refs', data: [['x', 'y'], ['z'], []], type: 'JSON' },
      ],
      {
        kvMetadata: [
          {
            key: 'huggingface',
            value: JSON.stringify({
              info: { features: { label: { _type: 'ClassLabel', names: ['neg', 'pos'] } } },
            }),
          },
        ],
      },
    );
    const table = await readBytes(file, 'a.parquet');
    expect(table).toMatchObject({
      columns: ['text', 'label', 'refs'],
      format: 'parquet',
      lines: [1, 2, 3],
      listColumns: [2],
    });
    expect(table.rows).toEqual([
      ['a "quoted" one', 'neg', '["x","y"]'],
      ['zwei', 'pos', '["z"]'],
      ['three', 'neg', '[]'],
    ]);
  });

  test('nested columns become columns by name; lists of objects are kept as JSON, and said', async () => {
    const nested = parquet([
      { name: 'text', data: ['a', 'b'], type: 'STRING' },
      {
        name: 'meta',
        data: [
          { lang: 'en', spans: [{ from: 1 }] },
          { lang: 'de', spans: [{ from: 2 }] },
        ],
        type: 'JSON',
      },
    ]);
    const table = await readBytes(nested, 'nested.parquet');
    expect(table.columns).toEqual(['text', 'meta.lang', 'meta.spans']);
    expect(table.rows[0]).toEqual(['a', 'en', '[{"from":"1"}]']);
    expect(table.warnings.map(({ message }) => message)).toEqual([
      '"meta.spans" is a list of objects or of lists; its cells are kept as JSON text.',
    ]);
    const only = parquet([{ name: 'turns', data: [[{ who: 'a' }], [{ who: 'b' }]], type: 'JSON' }]);
    await expect(readBytes(only, 'only.parquet')).rejects.toThrow(
      /^only\.parquet, line 1, column 1: "turns" is a list of objects or of lists; expected rows of text/,
    );
  });

  test('that is cut short or has no rows is refused', async () => {
    const file = parquet([{ name: 'text', data: ['a', 'b'], type: 'STRING' }]);
    await expect(readBytes(file.subarray(0, file.length - 9), 'cut.parquet')).rejects.toThrow(
      /^cut\.parquet: expected a whole Parquet file; /,
    );
    const none = parquet([{ name: 'text', data: [], type: 'STRING' }]);
    await expect(readBytes(none, 'none.parquet')).rejects.toThrow(/^none\.parquet: the file has no rows/);
  });

  test('of many rows is sampled, the same rows each time', async () => {
    const data = Array.from({ length: 5000 }, (_, i) => `row ${i}`);
    const file = new Blob([parquet([{ name: 'text', data, type: 'STRING' }], { rowGroupSize: 700 })]);
    const read = () => readFile(file, 'large.parquet', { whole: 100, most: 50 });
    const { table, of } = await read();
    expect(of).toBe(5000);
    expect(table.rows).toHaveLength(50);
    expect(table.rows.every(([text], i) => text === `row ${table.lines[i]! - 1}`)).toBe(true);
    expect((await read()).table).toEqual(table);

    const abort = new AbortController();
    let seen = 0;
    const onProgress = (loaded: number) => {
      seen = loaded;
      if (loaded > 1000) abort.abort(new Error('enough'));
    };
    const reading = readFile(file, 'large.parquet', { whole: 100, onProgress, signal: abort.signal });
    await expect(reading).rejects.toThrow('enough');
    expect(seen).toBe(1400);
  });
});

describe('a file too large for memory', () => {
  const rows = Array.from({ length: 4000 }, (_, i) => `"text ${i}, with a ""quote""\nand a line",l${i % 3}`);
  const csv = `text,label\n${rows.join('\n')}\n`;
  const sampled = (text: string, name: string, more = {}) =>
    readFile(blob(text), name, { whole: 1000, most: 60, ...more });

  test('CSV is sampled with its quotes, header and lines', async () => {
    const previews: Table[] = [];
    const { table, of } = await sampled(csv, 'large.csv', { onPreview: (t: Table) => previews.push(t) });
    expect(of).toBe(4001);
    expect(previews).toHaveLength(1);
    expect(previews[0]!.rows.slice(0, 1)).toEqual([['text 0, with a "quote"\nand a line', 'l0']]);
    expect(table.columns).toEqual(['text', 'label']);
    expect(table.rows).toHaveLength(60);
    for (const [i, [text]] of table.rows.entries())
      expect(text).toBe(`text ${(table.lines[i]! - 2) / 2}, with a "quote"\nand a line`);
    expect(table.warnings[0]!.message).toMatch(/^60 of 4,001 rows are drawn at random, the same ones/);
    expect((await sampled(csv, 'large.csv')).table.rows).toEqual(table.rows);
    // What is kept of it reads as the same rows.
    expect((await readBytes(asJsonLines(table), 'train.jsonl')).rows).toEqual(table.rows);
  });

  test('JSON Lines, tabs and other encodings', async () => {
    const lines = Array.from({ length: 900 }, (_, i) => `{"text": "t ${i}", "label": "${i % 2}"}`).join(
      '\r\n',
    );
    const { table } = await sampled(lines, 'large.jsonl');
    expect(table.rows.every(([text], i) => text === `t ${table.lines[i]! - 1}`)).toBe(true);
    const tabs = Array.from({ length: 900 }, (_, i) => `a "stray quote ${i}\t${i % 2}`).join('\n');
    expect((await sampled(`text\tlabel\n${tabs}`, 'large.tsv')).table.rows[0]![0]).toMatch(/^a "stray/);
    const latin = Uint8Array.from(`text,label\n${'caf\u00e9 au lait,x\n'.repeat(900)}`, (c) =>
      c.charCodeAt(0),
    );
    const read = await readFile(new Blob([latin]), 'latin.csv', { whole: 1000, most: 10 });
    expect(read.table.rows[0]).toEqual(['café au lait', 'x']);
  });

  test('a lone quote is refused where its row begins; a JSON document is to be JSON Lines', async () => {
    await expect(sampled(`${csv}"never closed,x\n`, 'large.csv')).rejects.toThrow(
      /^large\.csv, line 8002: a quoted field of the row that begins here never closes/,
    );
    const document = JSON.stringify([...rows], null, 1);
    await expect(sampled(document, 'large.json')).rejects.toThrow(/expected JSON Lines, a row a line/);
  });

  test('fewer rows are drawn where they are long, so that memory holds them', async () => {
    const row = (i: number) => `${i},"${'x'.repeat(1000)}"`;
    const long = `id,text\n${Array.from({ length: 500 }, (_, i) => row(i)).join('\n')}\n`;
    const { table, of } = await sampled(long, 'long.csv', { most: 400, mostBytes: 100_000 });
    expect(of).toBe(501);
    expect(table.rows.length).toBeGreaterThan(40);
    expect(table.rows.length).toBeLessThan(100);
    expect(table.rows.every(([id], i) => Number(id) === table.lines[i]! - 2)).toBe(true);
    expect(table.warnings[0]!.message).toMatch(/^\d+ of 501 rows are drawn at random/);
  });

  test('every row has the same chance when the sample had to shrink, too', () => {
    const hits = new Array<number>(40).fill(0);
    let kept = 0;
    for (let seed = 0; seed < 800; seed += 1) {
      // Ten would be heavier than 60 early on; what is left goes on as a sample of four.
      const reservoir = new Reservoir<number>(10, seed, { weigh: () => 7, most: 60 });
      for (let i = 0; i < 40; i += 1) reservoir.offer(() => i);
      for (const item of reservoir.items) hits[item]! += 1;
      kept += reservoir.items.length;
    }
    expect(kept).toBe(800 * 4);
    // 80 expected each; five standard deviations are 42.
    expect(Math.min(...hits)).toBeGreaterThan(37);
    expect(Math.max(...hits)).toBeLessThan(123);
  });

  test('every row has the same chance', () => {
    const hits = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 800; seed += 1) {
      const reservoir = new Reservoir<number>(10, seed);
      for (let i = 0; i < 40; i += 1) reservoir.offer(() => i);
      for (const item of reservoir.items) hits[item]! += 1;
    }
    // 200 expected each; five standard deviations are 61.
    expect(Math.min(...hits)).toBeGreaterThan(139);
    expect(Math.max(...hits)).toBeLessThan(261);
  });
});

describe('archives', () => {
  const zip = (files: Record<string, string>) =>
    new Blob([
      zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, bytesOf(text)]))),
    ]);

  test('give their data files, and nothing else', async () => {
    const archive = zip({
      'set/train.csv': 'a,b\n1,2\n',
      'set/test.jsonl': '{}',
      'README.md': 'x',
      '__MACOSX/set/._train.csv': 'x',
    });
    const found = await unpacked([
      { name: 'set.zip', file: archive },
      { name: 'own.csv', file: blob('a') },
    ]);
    expect(found.map(({ name }) => name)).toEqual(['train.csv', 'test.jsonl', 'own.csv']);
    expect(await found[0]!.file.text()).toBe('a,b\n1,2\n');
  });

  test('tell how far they are, and can be called off between two pieces', async () => {
    const large = 'a,b\n'.repeat(2e5);
    const archive = zip({ 'train.csv': large, 'test.csv': large });
    const files = [
      { name: 'set.zip', file: archive },
      { name: 'own.csv', file: blob('a') },
    ];
    const told: [string, number, number][] = [];
    await unpacked(files, { onProgress: (...all) => told.push(all) });
    const last = told.findLast(([name]) => name === 'set.zip');
    expect(last).toEqual(['set.zip', 2 * large.length, 2 * large.length]);
    expect(told.at(-1)).toEqual(['own.csv', 1, 1]);

    const abort = new AbortController();
    let turns = 0;
    const breathe = () => {
      if (++turns === 2) abort.abort(new Error('cancelled'));
      return Promise.resolve();
    };
    // In its own words, not as a fault of the archive.
    await expect(unpacked(files, { signal: abort.signal, breathe })).rejects.toThrow(/^cancelled$/);
    expect(turns).toBe(2);
  });

  test('without data, or cut short, are refused', async () => {
    await expect(unpacked([{ name: 'a.zip', file: zip({ 'x.png': 'x' }) }])).rejects.toThrow(
      /^a\.zip: the archive holds no data; expected CSV/,
    );
    const cut = zip({ 'a.csv': 'a,b\n'.repeat(200) }).slice(0, 60);
    await expect(unpacked([{ name: 'cut.zip', file: cut }])).rejects.toThrow(
      /^cut\.zip: expected a whole zip archive/,
    );
  });
});

test.each([
  [
    'a CSV with a lone quote',
    'text,label\na,x\nb,"y\nc,z\n',
    /^data\.csv, line 3, column 3: a quoted field opens here and never closes/,
  ],
  [
    'a header and no rows',
    'text,label\n',
    /^data\.csv, line 1: only a header .* and no rows; expected rows after it/,
  ],
  ['nothing', '', /^data\.csv: the file is empty; expected CSV/],
  ['white space', '\n\n  \n', /^data\.csv: the file holds only white space; expected rows/],
])('%s is refused', async (_, text, message) => {
  await expect(readFile(blob(text), 'data.csv')).rejects.toThrow(message);
});

test('text in pieces with marked entities reads as text and entities', async () => {
  const rows = [
    { data: [{ text: 'rain in ' }, { text: 'Rome', entity: 'city' }, { text: '?' }] },
    { data: [{ text: 'sun' }] },
  ];
  const table = await readBytes(bytesOf(JSON.stringify({ GetWeather: rows })), 'snips.json');
  expect(table.columns).toEqual(['text', 'entities']);
  expect(table.rows).toEqual([
    ['rain in Rome?', 'city: Rome'],
    ['sun', 'none'],
  ]);
  const { parts } = buildTask({ train: table }, guessMapping(table), { validation: 0, test: 0, seed: 0 });
  expect(parts.train[0]).toEqual({ input: 'rain in Rome?', target: 'city: Rome' });
});

test('rows of several Parquet files are drawn from all of them, each with the same chance', async () => {
  const shard = (from: number, rows: number) => {
    const data = Array.from({ length: rows }, (_, i) => `r${from + i}`);
    return { name: `${from}.parquet`, file: new Blob([parquet([{ name: 'n', data, type: 'STRING' }])]) };
  };
  const shards = async function* () {
    for (const from of [0, 400, 800]) yield await Promise.resolve(shard(from, 400));
  };
  const { table, of } = await readShards(shards(), 'all', 300);
  expect(of).toBe(1200);
  const drawn = table.rows.map(([cell]) => Number(cell!.slice(1)));
  expect(drawn).toHaveLength(300);
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  for (const from of [0, 400, 800])
    expect(drawn.filter((n) => n >= from && n < from + 400).length).toBeGreaterThan(70);
  expect(table.lines[5]).toBe(drawn[5]! + 1);
  await expect(readShards((async function* () {})(), 'none')).rejects.toThrow(/no rows/);
});
