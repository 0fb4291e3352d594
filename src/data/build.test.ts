import { describe, expect, test } from 'vitest';
import { buildTask, partOfName } from './build';
import { inputKey, splitExamples } from './split';
import type { Table } from './task';

const table = (columns: string[], rows: string[][], more: Partial<Table> = {}): Table => ({
  columns,
  rows,
  lines: rows.map((_, i) => i + 2),
  format: 'csv',
  encoding: 'utf-8',
  warnings: [],
  ...more,
});
const numbered = (n: number, text = 'input number') =>
  Array.from({ length: n }, (_, i) => [`${text} ${i}`, `label ${i % 3}`]);
const mapping = { input: 'Read: {text}', target: '{label}' };

describe('mapping', () => {
  test('words prompts and answers', () => {
    const { parts, problems } = buildTask({ train: table(['text', 'label'], numbered(10)) }, mapping);
    expect(parts.train.length + parts.validation.length + parts.test.length).toBe(10);
    expect(parts.train[0]).toEqual({
      input: expect.stringMatching(/^Read: input number \d$/) as string,
      target: expect.any(String) as string,
    });
    expect(problems).toEqual([]);
  });

  test('rows without target or input are left out, counted, and placed', () => {
    const rows = [...numbered(8), ['a', ''], ['b', '  '], ['', 'x']];
    const { parts, problems } = buildTask(
      { train: table(['text', 'label'], rows) },
      { input: '{text}', target: '{label}' },
    );
    expect(parts.train.length + parts.validation.length + parts.test.length).toBe(8);
    expect(problems).toEqual([
      {
        line: 10,
        message: expect.stringContaining('2 rows of the train file have an empty target') as string,
      },
      { line: 12, message: expect.stringContaining('1 row of the train file has an empty input') as string },
    ]);
  });

  test('nothing usable is an error, not an empty task', () => {
    expect(() => buildTask({ train: table(['text', 'label'], [['a', '']]) }, mapping)).toThrow(
      'no row is left to train on',
    );
  });

  test('unknown columns are named with the known ones', () => {
    const train = table(['text', 'label'], numbered(4));
    expect(() => buildTask({ train }, { ...mapping, target: '{lable}' })).toThrow(
      '"lable"; the columns are "text", "label"',
    );
    expect(() => buildTask({ train }, { ...mapping, references: ['more'] })).toThrow(
      'no column is named "more"',
    );
  });

  test('list cells and reference columns give several references, none twice', () => {
    const train = table(
      ['text', 'answers', 'other', 'tags'],
      [
        ['a', '["one","two","one",""]', 'three', '["x","y"]'],
        ['b', '[]', '', ''],
        ['c', 'bare', 'bare', '["z"]'],
      ],
      { listColumns: [1, 3] },
    );
    const split = { validation: 0, test: 0, seed: 0 };
    const { parts, problems } = buildTask(
      { train },
      { input: '{text}: {tags}', target: 'A {answers}.', references: ['other'] },
      split,
    );
    expect(parts.train).toEqual([
      { input: 'a: x, y', target: 'A one.', targets: ['A one.', 'A two.', 'A three.'] },
      { input: 'c: z', target: 'A bare.' },
    ]);
    expect(problems[0]?.message).toContain('1 row of the train file has an empty target');
  });

  test('a text that opens with a bracket is no list unless its column came as lists', () => {
    const train = table(['text', 'label'], [['a', '["one","two"]']]);
    expect(buildTask({ train }, { input: '{text}', target: '{label}' }).parts.train).toEqual([
      { input: 'a', target: '["one","two"]' },
    ]);
  });
});

describe('parts', () => {
  test('files of their own are kept whole; leaks are counted', () => {
    const train = table(['text', 'label'], numbered(20));
    const validation = table(['text', 'label'], numbered(5, 'other'));
    const test_ = table(
      ['text', 'label'],
      [
        ['Input number 3!', 'x'],
        ['fresh', 'y'],
      ],
    );
    const { parts, problems } = buildTask(
      { train, validation, test: test_ },
      { input: '{text}', target: '{label}' },
    );
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([20, 5, 2]);
    expect(problems).toEqual([
      { message: expect.stringContaining('1 input of the test part also stands') as string },
    ]);
  });

  test('a missing part is cut from the training rows', () => {
    const { parts } = buildTask(
      {
        train: table(['text', 'label'], numbered(100)),
        validation: table(['text', 'label'], numbered(5, 'other')),
      },
      mapping,
      { validation: 0.5, test: 0.2, seed: 1 },
    );
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([80, 5, 20]);
  });

  test('parts that the file names are used, unless a split is given', () => {
    const names = ['train', 'train', 'oos_val', 'oos_test', 'dev', 'test'];
    const train = table(
      ['text', 'label', 'split'],
      names.map((name, i) => [`t${i}`, 'x', name]),
      { partColumn: 2 },
    );
    const { parts } = buildTask({ train }, mapping);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([2, 2, 2]);
    const cut = buildTask({ train }, mapping, { validation: 0, test: 0.5, seed: 0 }).parts;
    expect([cut.train.length, cut.validation.length, cut.test.length]).toEqual([3, 0, 3]);
  });

  test('part names that nobody understands pool the rows, with a word about it', () => {
    const train = table(
      ['text', 'label', 'split'],
      numbered(10).map((row, i) => [...row, i < 5 ? 'train' : 'fold b']),
      { partColumn: 2 },
    );
    const { parts, problems } = buildTask({ train }, mapping);
    expect([parts.train.length, parts.validation.length, parts.test.length]).toEqual([7, 1, 2]);
    expect(problems[0]?.message).toContain('"fold b"');
  });

  test('partOfName', () => {
    expect(['train', 'oos_train', 'Dev', 'valid', 'test', 'strain', 'latest', 'x'].map(partOfName)).toEqual([
      'train',
      'train',
      'validation',
      'validation',
      'test',
      undefined,
      undefined,
      undefined,
    ]);
  });

  test('shares that leave nothing to train on are refused', () => {
    const split = { validation: 0.5, test: 0.5, seed: 0 };
    expect(() => buildTask({ train: table(['text', 'label'], numbered(9)) }, mapping, split)).toThrow(
      'expected a sum below 1',
    );
  });
});

describe('split by seed', () => {
  const examples = numbered(200).map(([input, target]) => ({ input: input!, target: target! }));

  test('deterministic, complete, of the size asked, in file order', () => {
    const one = splitExamples(examples, { validation: 0.1, test: 0.2 }, 7);
    expect(splitExamples(examples, { validation: 0.1, test: 0.2 }, 7)).toEqual(one);
    expect([one.train.length, one.validation.length, one.test.length]).toEqual([140, 20, 40]);
    expect(new Set([...one.train, ...one.validation, ...one.test]).size).toBe(200);
    const places = one.test.map((e) => examples.indexOf(e));
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect(splitExamples(examples, { validation: 0.1, test: 0.2 }, 8)).not.toEqual(one);
  });

  test('the same row goes to the same part whatever the order of the file', () => {
    const forward = splitExamples(examples, { validation: 0.1, test: 0.2 }, 7);
    const backward = splitExamples(examples.toReversed(), { validation: 0.1, test: 0.2 }, 7);
    expect(new Set(backward.test)).toEqual(new Set(forward.test));
  });

  test('equal inputs stay together', () => {
    const doubled = examples.flatMap((e) => [
      e,
      { ...e, input: ` ${e.input.toUpperCase()}!`, target: 'again' },
    ]);
    const parts = splitExamples(doubled, { validation: 0.2, test: 0.3 }, 3);
    const keys = Object.values(parts).map((part) => new Set(part.map((e) => inputKey(e.input))));
    for (const [i, a] of keys.entries())
      for (const b of keys.slice(i + 1)) expect([...a].filter((key) => b.has(key))).toEqual([]);
    expect(parts.test.length).toBe(120);
  });

  test('inputs of signs alone are not all one', () => {
    expect(inputKey('?!')).not.toBe(inputKey('...'));
    expect(inputKey('日本')).not.toBe(inputKey('中国'));
  });
});
