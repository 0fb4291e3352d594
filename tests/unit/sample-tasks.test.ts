/** The committed sample tasks are what their generator makes, and fair: train and test share no wording. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import { TASKS, sampleFiles } from '../../tools/tasks/generate.mjs';
import { readWordings } from '../../tools/tasks/wordings.mjs';

const ROOT = path.resolve(import.meta.dirname, '../..');
const FOLDER = path.join(ROOT, 'public/tasks');
const files = sampleFiles();

interface Row {
  input: string;
  target: string;
}
const rowsOf = (task: string, part: string) =>
  (files.get(`${task}/${part}.jsonl`) ?? '')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Row);

test('public/tasks holds just what the generator makes, byte for byte', () => {
  for (const [file, text] of files)
    expect(readFileSync(path.join(FOLDER, file), 'utf8') === text, file).toBe(true);
  const there = readdirSync(FOLDER, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  expect(there.map((entry) => path.relative(FOLDER, path.join(entry.parentPath, entry.name))).sort()).toEqual(
    [...files.keys()].sort(),
  );
});

test('the generator gives the same bytes again', () => {
  expect([...sampleFiles()]).toEqual([...files]);
});

const tokenizerFile = path.join(ROOT, 'public/models/pocket/tokenizer.json');
const tokenizer = Tokenizer.fromJson(JSON.parse(readFileSync(tokenizerFile, 'utf8')));
const LONGEST = { tickets: 64, reviews: 64, dialogues: 110 } as Record<string, number>;

/** Every run of `n` words. */
function runs(rows: readonly Row[], n: number): Set<string> {
  const found = new Set<string>();
  for (const { input } of rows) {
    const words = input.toLowerCase().match(/[a-z0-9']+/g) ?? [];
    for (let i = 0; i + n <= words.length; i++) found.add(words.slice(i, i + n).join(' '));
  }
  return found;
}

describe.each(TASKS.map((task) => [task.id, task] as const))('%s', (id, task) => {
  const parts = {
    train: rowsOf(id, 'train'),
    validation: rowsOf(id, 'validation'),
    test: rowsOf(id, 'test'),
  };
  const heldOut = [...parts.validation, ...parts.test];
  const all = [...parts.train, ...heldOut];

  test('600, 100 and 200 rows, no input twice, labels even', () => {
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([600, 100, 200]);
    expect(new Set(all.map((row) => row.input.toLowerCase())).size).toBe(900);
    for (const label of task.labels) {
      const share = parts.train.filter((row) => row.target === label).length / 600;
      expect(share).toBeCloseTo(1 / task.labels.length, 5);
    }
    if (task.labels.length > 0)
      expect([...new Set(all.map((row) => row.target))].sort()).toEqual(task.labels);
  });

  test('no run of five words is shared between train and held-out inputs', () => {
    const trained = runs(parts.train, 5);
    expect([...runs(heldOut, 5)].filter((run) => trained.has(run))).toEqual([]);
  });

  test('no wording and no slot word is on both sides', () => {
    const train = readWordings(id, 'train');
    const held = readWordings(id, 'heldout');
    const lines = ({ blocks }: typeof train) => Object.values(blocks).flat(2);
    expect(lines(held).filter((line) => lines(train).includes(line))).toEqual([]);
    for (const [slot, words] of Object.entries(held.words))
      expect(
        words.filter((word) => train.words[slot]?.includes(word)),
        slot,
      ).toEqual([]);
  });

  test('prompts and answers are short, and have no unknown token', () => {
    const prompt = (row: Row) => task.mapping.input.replace('{input}', () => row.input);
    const unknown = tokenizer.encode('\u{1F9FF}').at(-2);
    for (const row of all) {
      const source = tokenizer.encode(prompt(row));
      const target = tokenizer.encode(row.target);
      expect(source.length, row.input).toBeLessThanOrEqual(LONGEST[id] ?? 0);
      expect(target.length, row.target).toBeLessThanOrEqual(24);
      expect([...source, ...target].includes(unknown ?? -1), row.input).toBe(false);
    }
  });
});
