import { describe, expect, test } from 'vitest';
import { methodDefaults } from '../run/methodGuide';
import type { RunConfigInput } from '../run/config';
import type { MethodInput } from '../run/methods';
import { plannedBands, tokensAStep } from './budget';
import { tinyConfig, tinyTasks } from './methods/tinyPlan';

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
  const der = methodDefaults('der++');
  expect(tokensAStep(der, 8, stages.slice(0, 1), [], 50)).toBe(80 + 160);
  // The memory is empty at first, and has four examples after a step of four.
  expect(tokensAStep(der, 8, stages.slice(0, 1), [])).toBe(80);
  expect(tokensAStep(der, 8, stages.slice(0, 1), [], 4)).toBe(80 + 80);
  // A hundred rows of each task are in it.
  expect(tokensAStep(der, 8, stages, seen, 100)).toBeCloseTo(320 + (16 * 70) / 3);
  expect(tokensAStep({ ...der, alpha: 0 } as typeof der, 8, stages, seen)).toBe(320 + 8 * 15);
  expect(tokensAStep({ ...der, alpha: 0, beta: 0 } as typeof der, 8, stages, seen)).toBe(320);
});

describe('a plan of one stage that rehearses', () => {
  const tokensOf = (prepared: Awaited<ReturnType<typeof tinyTasks>>[number]): number =>
    prepared.train.reduce((sum, { source, target }) => sum + source.length + target.length, 0) / 10;

  const stepsOf = async (method: MethodInput, rehearsed: string[]) => {
    const plan: RunConfigInput['plan'] = {
      stages: [{ task: 'a', steps: 100 }],
      watched: ['b', 'c'],
      equalTokens: true,
      ...(rehearsed.length > 0 && { rehearsed }),
    };
    const config = tinyConfig({ method, plan });
    const prepared = await tinyTasks(config);
    return { steps: plannedBands(config, prepared).at(-1)!.to, tokens: prepared.map(tokensOf) };
  };

  test.each<[MethodInput, (own: number, old: number) => number]>([
    [{ name: 'sequential' }, (own) => 3 * own],
    [{ name: 'replay', ratio: 1, count: 20 }, (own, old) => 3 * own + 3 * old],
    [{ name: 'a-gem', sample: 6, count: 20 }, (own, old) => 3 * own + 6 * old],
    [{ name: 'joint' }, (own, old) => own + 2 * old],
  ])('%j takes as many tokens as plain fine-tuning', async (method, ofStep) => {
    const { steps, tokens } = await stepsOf(method, ['b', 'c']);
    const [own, b, c] = tokens as [number, number, number];
    expect(steps).toBe(Math.round((100 * 3 * own) / ofStep(own, (b + c) / 2)));
    // With nothing to rehearse all of them are plain.
    expect((await stepsOf(method, [])).steps).toBe(100);
  });
});
