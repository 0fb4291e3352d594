import { expect, test } from 'vitest';
import { methodDefaults } from '../run/methodGuide';
import { tokensAStep } from './budget';

const stages = [
  { rows: 100, tokens: 10 },
  { rows: 300, tokens: 20 },
  { rows: 100, tokens: 40 },
];
const seen = [100, 100];

test('a plain step is a batch of the stage’s own task', () => {
  for (const name of ['sequential', 'lwf', 'ewc', 'wise-ft'] as const)
    expect(tokensAStep(methodDefaults(name), 8, stages, seen)).toBe(320);
});

test('replayed examples count, as long as those of the tasks that are kept', () => {
  const replay = methodDefaults('replay');
  expect(tokensAStep(replay, 8, stages.slice(0, 1), [])).toBe(80);
  expect(tokensAStep(replay, 8, stages, seen)).toBe(320 + 8 * 15);
  expect(tokensAStep({ ...replay, count: 0 } as typeof replay, 8, stages, seen)).toBe(320);
  // Two kept of each task are fewer than are asked for.
  expect(tokensAStep({ ...replay, count: 2 } as typeof replay, 8, stages, seen)).toBe(320 + 4 * 15);
});

test('a share of the old takes the place of the new', () => {
  const multiTask = methodDefaults('multi-task');
  // By size, a quarter of the old is of the first task.
  expect(tokensAStep(multiTask, 8, stages, seen)).toBe(4 * 40 + 4 * (10 / 4 + (3 * 20) / 4));
});

test('a reference gradient counts, and so do both draws of DER++', () => {
  expect(tokensAStep(methodDefaults('a-gem'), 8, stages, seen)).toBe(320 + 16 * 15);
  expect(tokensAStep(methodDefaults('der++'), 8, stages.slice(0, 1), [])).toBe(80 + 160);
});
