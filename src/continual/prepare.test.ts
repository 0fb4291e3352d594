import { describe, expect, test } from 'vitest';
import type { TaskParts } from '../data/task';
import { batchesByLength } from './batching';
import { labelSet, prepareTask } from './prepare';
import { fakeAnswers, fakeCodec, fakeConfig, fakeParts } from './testing';

const rest = (): Promise<void> => Promise.resolve();
const config = fakeConfig();
const task = config.tasks[0]!;

describe('preparing a task', () => {
  test('tokenises the training part only where a stage trains it', async () => {
    const parts = fakeParts(0, fakeAnswers, { train: 26, scored: 30 });
    const trained = await prepareTask(task, parts, fakeCodec, config, true, rest);
    const watched = await prepareTask(task, parts, fakeCodec, config, false, rest);
    expect(trained.train).toHaveLength(26);
    expect(trained.train[3]).toEqual({ source: [100, 103, 1], target: [3, 1] });
    expect(watched.train).toEqual([]);
    expect([trained.validation.length, trained.test.length]).toEqual([12, 20]);
    expect(watched.validation).toEqual(trained.validation);
  });

  test('counts what the token limits cut, and keeps the end of a cut prompt marked', async () => {
    const short = fakeConfig({ maxSourceTokens: 3, maxTargetTokens: 2 });
    const example = (input: string, target: string) => ({ input, target });
    const parts: TaskParts = {
      train: [example('1 2 3 4', 'yes'), example('1', 'yes no'), example('1 2 3', 'no yes')],
      validation: [example('1 2', 'yes')],
      test: [example('1 2', 'no')],
    };
    const prepared = await prepareTask(task, parts, fakeCodec, short, true, rest);
    expect(prepared.truncated).toEqual({ task: 'a', source: 2, target: 2, rows: 3 });
    expect(prepared.train[0]!.source).toEqual([101, 102, 1]);
    expect(prepared.train[2]).toEqual({ source: [101, 102, 1], target: [3, 1] });
  });

  test('several references are kept, the target is the first otherwise', async () => {
    const parts: TaskParts = {
      train: [],
      validation: [{ input: '1', target: 'yes', targets: ['yes', 'no'] }],
      test: [{ input: '1', target: 'no' }],
    };
    const prepared = await prepareTask(task, parts, fakeCodec, config, false, rest);
    expect(prepared.validation[0]!.references).toEqual(['yes', 'no']);
    expect(prepared.test[0]!.references).toEqual(['no']);
  });

  test.each(['train', 'validation', 'test'] as const)(
    'an empty %s part is an error that names it',
    async (part) => {
      const parts = { ...fakeParts(0, fakeAnswers, { train: 4, scored: 4 }), [part]: [] };
      await expect(prepareTask(task, parts, fakeCodec, config, true, rest)).rejects.toThrow(
        `"A" has no ${part} rows`,
      );
    },
  );
});

describe('the label set', () => {
  const parts = (answers: string[], train: number): TaskParts => fakeParts(0, answers, { train, scored: 2 });

  test('is the distinct answers in the form that exact match compares', () => {
    expect(labelSet('exact-match', parts(['Yes', 'No!'], 20))).toEqual(new Set(['yes', 'no']));
  });

  test('is none for free text, which seldom repeats, or for other metrics', () => {
    expect(
      labelSet(
        'exact-match',
        parts(
          Array.from({ length: 40 }, (_, i) => `answer ${i}`),
          40,
        ),
      ),
    ).toBeNull();
    expect(
      labelSet(
        'exact-match',
        parts(
          Array.from({ length: 300 }, (_, i) => `label ${i}`),
          3000,
        ),
      ),
    ).toBeNull();
    expect(labelSet('rouge-l', parts(['Yes', 'No!'], 20))).toBeNull();
  });
});

test('rows are batched by length, longest first, each exactly once', () => {
  const rows = [3, 9, 1, 9, 5].map((length) => ({
    prompt: '',
    references: [],
    tokens: { source: Array<number>(length).fill(2), target: [1] },
  }));
  expect(batchesByLength(rows, 2)).toEqual([[1, 3], [4, 0], [2]]);
});
