import { expect, test } from 'vitest';
import { inspect } from './inspect';
import type { Example } from './task';

const rows = (...pairs: [string, string][]): Example[] => pairs.map(([input, target]) => ({ input, target }));

test('labels are counted part by part, and one that is never trained is told', () => {
  const { labels, problems } = inspect({
    train: rows(['a', 'yes'], ['b', 'no'], ['c', 'yes'], ['d', 'no'], ['e', 'yes']),
    validation: rows(['f', 'yes']),
    test: rows(['g', 'maybe'], ['h', 'no']),
  });
  expect(labels).toEqual([
    { label: 'yes', train: 3, validation: 1, test: 0 },
    { label: 'no', train: 2, validation: 0, test: 1 },
    { label: 'maybe', train: 0, validation: 0, test: 1 },
  ]);
  expect(problems.map(({ message }) => message)).toEqual([
    'the label "maybe" never occurs in the training part, but 1 time in validation and test; it cannot be learnt.',
  ]);
});

test('what stands twice, and what contradicts itself', () => {
  const train = rows(['Good!', 'yes'], ['good', 'yes'], ['good ', 'no'], ['bad', 'no'], ['bad', 'no']);
  expect(inspect({ train, validation: [], test: [] })).toMatchObject({
    duplicates: 2,
    conflicts: 1,
    problems: [
      { message: '2 training rows repeat an earlier one, input and answer alike.' },
      { message: expect.stringMatching(/^1 input of the training part has several answers/) as string },
    ],
  });
});
