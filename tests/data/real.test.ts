/**
 * Loads, maps and tokenises every real file of the folder that LETHE_DATA names (`tasks/<name>/*.jsonl` and
 * `raw/*`). A file loads with the columns and rows it is known to have.
 */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { buildTask } from '../../src/data/build';
import { guessMapping, guessMetric, labelsOf } from '../../src/data/guess';
import { readBytes } from '../../src/data/files';
import { DataError, type Example, type Table } from '../../src/data/task';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import { LABELS, RAW, TASK_ROWS } from './expected';

const named = process.env.LETHE_DATA;
if (!named) throw new Error('LETHE_DATA is not set; expected the path of a folder with tasks/ and raw/');
const folder = path.resolve(named);

const pocket = path.resolve(import.meta.dirname, '../../public/models/pocket');
const json = (file: string): unknown => JSON.parse(readFileSync(path.join(pocket, file), 'utf8'));
const tokenizer = Tokenizer.fromJson(json('tokenizer.json'), json('tokenizer_config.json'));
const END = 1;
const UNKNOWN = 2;

const read = (file: string): Promise<Table> =>
  readBytes(new Uint8Array(readFileSync(path.join(folder, file))), path.basename(file));

/** Rows spread over the whole list; tokenising all 90,000 would take minutes and show no more. */
const spread = (examples: readonly Example[], many = 150) =>
  examples.filter((_, i) => i % Math.ceil(examples.length / many) === 0);

/** Ids are of the vocabulary, end with one `</s>`, and give the text back where no character is unknown. */
function checkTokens(examples: readonly Example[]): void {
  let known = 0;
  let texts = 0;
  for (const example of spread(examples))
    for (const text of [example.input, example.target]) {
      const ids = tokenizer.encode(text);
      texts++;
      expect(ids.at(-1), text).toBe(END);
      expect(
        ids.slice(0, -1).every((id) => Number.isInteger(id) && id > END && id < tokenizer.vocabSize),
        text,
      ).toBe(true);
      if (ids.includes(UNKNOWN)) continue;
      known++;
      expect(tokenizer.decode(ids)).toBe(text.normalize('NFKC').replace(/\s+/g, ' ').trim());
    }
  expect(texts).toBeGreaterThan(0);
  expect(known / texts).toBeGreaterThan(0.3);
}

describe('tasks', () => {
  const found = readdirSync(path.join(folder, 'tasks')).sort();

  test('all known tasks are there', () => {
    expect(found).toEqual(expect.arrayContaining([...TASK_ROWS.keys()]));
  });

  test.each(found)('%s', async (name) => {
    const [train, validation, testPart] = await Promise.all(
      ['train', 'validation', 'test'].map((part) => read(`tasks/${name}/${part}.jsonl`)),
    );
    const tables = { train: train!, validation: validation!, test: testPart! };
    for (const [part, table] of Object.entries(tables)) {
      expect(table).toMatchObject({ format: 'jsonl', encoding: 'utf-8' });
      expect(table.columns.slice(0, 2)).toEqual(['input', 'target']);
      expect(table.lines, part).toEqual(table.rows.map((_, i) => i + 1));
    }
    const references = tables.test.columns.includes('targets');
    const mapping = guessMapping(tables.test);
    expect(mapping).toMatchObject({
      input: '{input}',
      target: '{target}',
      ...(references ? { references: ['targets'] } : {}),
    });

    const { parts, problems } = buildTask(tables, { input: '{input}', target: '{target}' });
    const sizes = [parts.train.length, parts.validation.length, parts.test.length];
    expect(sizes).toEqual(TASK_ROWS.get(name) ?? sizes);
    expect(problems).toEqual([]);

    // Read a second way: what the file says, line by line.
    const lines = readFileSync(path.join(folder, `tasks/${name}/test.jsonl`), 'utf8')
      .split('\n')
      .filter(Boolean);
    const told = lines.map(
      (line) => JSON.parse(line) as { input: string; target: string; targets?: string[] },
    );
    const full = buildTask({ train: tables.test }, mapping, { validation: 0, test: 0, seed: 0 }).parts.train;
    expect(full.map((e) => [e.input, e.target])).toEqual(told.map((e) => [e.input, e.target.trim()]));
    const all = (e: { target: string; targets?: string[] }) => [
      ...new Set([e.target, ...(e.targets ?? [])].map((t) => t.trim())),
    ];
    expect(full.map(all)).toEqual(told.map(all));

    expect(labelsOf(parts)).toHaveLength(LABELS.get(name) ?? 0);
    expect(guessMetric(parts.train) === 'exact-match').toBe(LABELS.has(name));
    checkTokens(parts.train);
    checkTokens(full);
  });
});

describe('raw files', () => {
  const found = readdirSync(path.join(folder, 'raw')).sort();

  test('all known files are there', () => {
    expect(found).toEqual(expect.arrayContaining([...RAW.keys()]));
  });

  test.each(found.filter((file) => RAW.has(file)))('%s loads as it is known to be', async (file) => {
    const expected = RAW.get(file)!;
    const table = await read(`raw/${file}`);
    expect(table).toMatchObject({
      format: expected.format,
      encoding: expected.encoding,
      columns: expected.columns,
    });
    expect(table.rows).toHaveLength(expected.rows);
    expect(table.rows.filter((row) => row.length !== table.columns.length)).toEqual([]);
    expect(table.lines.at(-1)).toBe(expected.lastLine);
    expect(table.warnings.map((w) => w.message)).toEqual(
      (expected.warnings ?? []).map((pattern) => expect.stringMatching(pattern) as string),
    );
    if (expected.holds) expect(table.rows.flat().some((cell) => cell.includes(expected.holds!))).toBe(true);

    const mapping = guessMapping(table);
    expect(mapping).toEqual(expected.mapping);
    const { parts, problems } = buildTask({ train: table }, mapping);
    const usable = expected.usable ?? expected.rows;
    expect(parts.train.length + parts.validation.length + parts.test.length).toBe(usable);
    expect(problems.some((p) => p.message.includes('left out'))).toBe(usable < expected.rows);
    checkTokens([...parts.train, ...parts.validation, ...parts.test]);
  });

  test.each(found.filter((file) => !RAW.has(file)))(
    '%s loads, or is refused in clear words',
    async (file) => {
      try {
        const table = await read(`raw/${file}`);
        expect(table.rows.length).toBeGreaterThan(0);
        expect(buildTask({ train: table }, guessMapping(table)).parts.train.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(DataError);
        expect((error as Error).message).toMatch(/expected/);
      }
    },
  );
});
