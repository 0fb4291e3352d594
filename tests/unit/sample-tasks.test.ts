/** The committed sample tasks are what their generator makes, and fair: train and test share no wording. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import { ROWS, sampleFiles } from '../../tools/tasks/generate.mjs';
import { Likeness } from '../../tools/tasks/likeness.mjs';
import { TASKS } from '../../tools/tasks/tasks.mjs';
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
/** Tokens of the longest prompt and answer; runs on these tasks cut nothing at these lengths. */
const LONGEST = { prompt: 128, answer: 32 };
/** Words of the longest text; a conversation has turns. */
const WORDS = { text: 60, conversation: 110 };

const counts = (parts: Record<string, readonly Row[]>) =>
  Object.fromEntries(Object.entries(parts).map(([part, rows]) => [part, rows.length]));

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

  test('the rows it says, no two inputs nearly alike, labels even', () => {
    expect({ train: 0, validation: 0, test: 0, ...counts(parts) }).toEqual(ROWS);
    const sides = [parts.train, heldOut];
    for (const rows of sides) {
      const seen = new Likeness();
      expect(rows.filter((row) => !seen.add(row.input)).map((row) => row.input)).toEqual([]);
    }
    for (const label of task.labels) {
      const share = parts.train.filter((row) => row.target === label).length / ROWS.train;
      expect(share).toBeCloseTo(1 / task.labels.length, 3);
    }
    if (task.labels.length > 0)
      expect([...new Set(all.map((row) => row.target))].sort()).toEqual(task.labels);
  });

  test('a class has at least forty wordings to learn from', () => {
    // Runs of three words of the training inputs; a wording that is used again with other words keeps some.
    for (const label of task.labels) {
      const rows = parts.train.filter((row) => row.target === label);
      expect(new Set(rows.map((row) => row.input.split(' ').slice(0, 3).join(' '))).size).toBeGreaterThan(40);
    }
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
      expect(source.length, row.input).toBeLessThanOrEqual(LONGEST.prompt);
      expect(target.length, row.target).toBeLessThanOrEqual(LONGEST.answer);
      const most = row.input.includes('\n') ? WORDS.conversation : WORDS.text;
      expect(row.input.split(/\s+/).length, row.input).toBeLessThanOrEqual(most);
      expect([...source, ...target].includes(unknown ?? -1), row.input).toBe(false);
    }
  });
});
