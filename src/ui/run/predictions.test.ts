import { parse } from 'papaparse';
import { expect, test } from 'vitest';
import { packBits, packCodes } from '../../run/outcomes';
import type { RunResult } from '../../run/result';
import { fixtureConfig } from '../testing/fixture';
import { predictionsCsv, predictionsJsonl, predictionsOf } from './predictions';

const config = fixtureConfig();
const [first] = config.tasks;
const id = first!.id;
const examples = [
  { input: '=HYPERLINK("http://evil")', target: 'good' },
  { input: 'say, "it"\nand more', target: 'bad' },
  { input: 'plain', target: 'good', targets: ['good', 'fine'] },
];
const run = {
  name: 'A run',
  config,
  labels: ['bad', 'good'],
  testRows: [{ task: id, n: 3, of: 9, references: packCodes([2, 1, 2]) }],
  matrix: [
    {
      stage: 1,
      step: 30,
      scores: [
        {
          task: id,
          metric: 'exact-match',
          score: { value: 33, low: 0, high: 90, n: 3 },
          loss: 1,
          outcomes: {
            right: packBits([false, true, true]),
            answers: packCodes([0, 1, 2]),
            written: { rows: packCodes([0, 2]), texts: ['-1+1', 'Good'] },
          },
        },
      ],
    },
  ],
} as unknown as RunResult;

const predictions = () => predictionsOf(run, () => Promise.resolve(examples));

test('every test row after every stage, with the answer as it was written', async () => {
  const found = await predictions();
  expect(
    found.map(({ stage, step, row, answer, score, right }) => [stage, step, row, answer, score, right]),
  ).toEqual([
    [1, 30, 1, '-1+1', 0, false],
    [1, 30, 2, 'bad', 100, true],
    [1, 30, 3, 'Good', 100, true],
  ]);
  expect(
    predictionsJsonl(found)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(found);
  expect(found[2]!.references).toEqual(['good', 'fine']);
});

test('no cell is a formula, and a sheet reads back what was written', async () => {
  const csv = predictionsCsv(await predictions());
  const { data } = parse<Record<string, string>>(csv, { header: true });
  expect(data[0]!['prompt']).toBe(`'=HYPERLINK("http://evil")`);
  expect(data[0]!['answer']).toBe(`'-1+1`);
  expect(data[1]!['prompt']).toBe(examples[1]!.input);
  expect(data[2]!['references']).toBe('["good","fine"]');
  expect(data.flatMap(Object.values).filter((cell) => /^[=+\-@\t\r]/.test(cell as string))).toEqual([]);
});

test('of other data nothing is said', async () => {
  await expect(predictionsOf(run, () => Promise.resolve(examples.slice(1)))).rejects.toThrow(
    /are not what they were/,
  );
});
