import { describe, expect, test } from 'vitest';
import { guessMapping, guessMetric, labelsOf } from './guess';
import type { Table } from './task';

const table = (columns: string[], rows: string[][], partColumn?: number): Table => ({
  columns,
  rows,
  lines: rows.map((_, i) => i + 1),
  format: 'csv',
  encoding: 'utf-8',
  warnings: [],
  ...(partColumn === undefined ? {} : { partColumn }),
});
const sentence = (i: number) => `this is a rather long sentence with the number ${i} in it`;
const guessed = (columns: string[], row: (i: number) => string[], partColumn?: number) =>
  guessMapping(
    table(
      columns,
      Array.from({ length: 60 }, (_, i) => row(i)),
      partColumn,
    ),
  );

describe('guessMapping', () => {
  test('by name', () => {
    expect(guessed(['id', 'Category', 'text'], (i) => [String(i), `c${i % 4}`, sentence(i)])).toEqual({
      input: '{text}',
      target: '{Category}',
    });
    expect(guessed(['input', 'target', 'targets'], (i) => [sentence(i), 'a', '["a","b"]'])).toEqual({
      input: '{input}',
      target: '{target}',
      references: ['targets'],
    });
  });

  test('numbered references and words inside names', () => {
    const columns = ['fname', 'dialogue', 'summary1', 'topic1', 'summary2', 'topic2'];
    expect(
      guessed(columns, (i) => [`f${i}`, sentence(i), sentence(i + 1), 'x', sentence(i + 2), 'y']),
    ).toEqual({
      input: '{dialogue}',
      target: '{summary1}',
      references: ['summary2'],
    });
    expect(
      guessed(['ID', 'Dialogue', 'Reference Summary'], (i) => [String(i), sentence(i), sentence(-i)]).target,
    ).toBe('{Reference Summary}');
  });

  test('by content: the label is short and recurs, the text is long', () => {
    expect(guessed(['column 1', 'column 2'], (i) => [`l${i % 5}`, sentence(i)])).toEqual({
      input: '{column 2}',
      target: '{column 1}',
    });
    expect(guessed(['a', 'b', 'c'], (i) => [String(i), sentence(i), ['no', 'yes'][i % 2]!])).toEqual({
      input: '{b}',
      target: '{c}',
    });
  });

  test('two columns of free text read from left to right', () => {
    expect(guessed(['Easy', 'Hard'], (i) => [sentence(i), `${sentence(i)} and so on`])).toEqual({
      input: '{Easy}',
      target: '{Hard}',
    });
  });

  test('numbered columns are no references of each other', () => {
    expect(
      guessed(['column 1', 'column 2', 'column 3'], (i) => [sentence(i), sentence(-i), `id-${i}`]),
    ).toEqual({
      input: '{column 1}',
      target: '{column 2}',
    });
  });

  test('the column that names parts is neither', () => {
    expect(guessed(['column 1', 'column 2', 'split'], (i) => [sentence(i), `l${i % 9}`, 'train'], 2)).toEqual(
      {
        input: '{column 1}',
        target: '{column 2}',
      },
    );
  });

  test('one column is not enough', () => {
    expect(() => guessMapping(table(['text'], [['a']]))).toThrow(
      'found only the column "text"; expected at least two',
    );
  });
});

const examples = (targets: string[]) => targets.map((target, i) => ({ input: `i${i}`, target }));

describe('guessMetric and labelsOf', () => {
  test('few short targets are labels', () => {
    expect(guessMetric(examples(['yes', 'no', 'yes', 'no', 'yes']))).toBe('exact-match');
    const parts = {
      train: examples(['b', 'a', 'b', 'b']),
      validation: examples(['a']),
      test: examples(['c']),
    };
    expect(labelsOf(parts)).toEqual(['a', 'b', 'c']);
  });

  test('long targets are summaries, short ones that differ are answers', () => {
    const long = examples(Array.from({ length: 20 }, (_, i) => sentence(i)));
    const short = examples(Array.from({ length: 20 }, (_, i) => `name ${i}`));
    expect(guessMetric(long)).toBe('rouge-l');
    expect(guessMetric(short)).toBe('token-f1');
    expect(guessMetric([])).toBe('loss');
    expect(labelsOf({ train: short, validation: [], test: [] })).toEqual([]);
  });
});
