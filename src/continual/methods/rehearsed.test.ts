/** Watched tasks that are rehearsed: methods have their rows as if they had been stages before the first. */
import { describe, expect, test } from 'vitest';
import type { TokenizedExample } from '../../engine/types';
import { parseRunConfig, type RunConfigInput } from '../../run/config';
import type { MethodInput } from '../../run/methods';
import type { StepContext } from '../method';
import { bandsOf } from '../order';
import { rehearsedOf, stagesOf } from '../stageData';
import { FakeLearner } from '../testing';
import { createMethod } from '.';
import { examplesOf, Memory } from './memory';
import { runTiny, tinyConfig, tinyTasks } from './tinyPlan';

/** Two stages of three steps; `c` is watched, and so is `d`. */
const plan = (rehearsed?: string[]): RunConfigInput['plan'] => ({
  stages: ['a', 'b'].map((task) => ({ task, steps: 3 })),
  watched: ['c', 'd'],
  ...(rehearsed && { rehearsed }),
});
const tasks = ['a', 'b', 'c', 'd'].map((id) => ({
  id,
  name: id,
  metric: 'loss' as const,
  data: { kind: 'sample' as const, name: id },
}));
const configOf = (method: MethodInput, rehearsed?: string[]) =>
  tinyConfig({ method, tasks, plan: plan(rehearsed) });

const ran = new Map<string, ReturnType<typeof runTiny>>();
/** A run is made once for all tests that look at it. */
function run(method: MethodInput, rehearsed?: string[]): ReturnType<typeof runTiny> {
  const key = JSON.stringify([method, rehearsed]);
  const known = ran.get(key) ?? runTiny(configOf(method, rehearsed));
  ran.set(key, known);
  return known;
}

const replaying: MethodInput[] = [
  { name: 'multi-task' },
  { name: 'replay', count: 4 },
  { name: 'replay', memory: 'reservoir', capacity: 5 },
  { name: 'der++', alpha: 1, capacity: 5 },
  { name: 'a-gem', sample: 4 },
  { name: 'joint' },
];
const guarding: MethodInput[] = [
  { name: 'lwf' },
  { name: 'ewc', lambda: 1000, samples: 4 },
  { name: 'ewc', mode: 'separate', lambda: 1000, samples: 4 },
];

describe('a config', () => {
  const problems = (rehearsed: string[]) => {
    const { tasks: known, plan: planned, ...rest } = configOf({ name: 'replay' });
    const parsed = parseRunConfig({ ...rest, tasks: known, plan: { ...planned, rehearsed } });
    return parsed.ok ? [] : parsed.problems;
  };

  test('rehearses watched tasks alone, each once', () => {
    expect(problems(['d', 'c'])).toEqual([]);
    expect(problems(['a'])).toEqual([
      { path: 'plan.rehearsed', message: '"a" is not watched; only watched tasks are rehearsed' },
    ]);
    expect(problems(['c', 'c'])[0]?.message).toBe('a task is named twice');
  });
});

/** The first step of a plan, on a learner that notes what it is given. */
async function firstStep(method: MethodInput, rehearsed: string[]): Promise<StepContext> {
  const config = configOf(method, rehearsed);
  const prepared = await tinyTasks(config);
  const bands = bandsOf(config, () => 10);
  const stages = stagesOf(config, prepared, bands);
  const old = rehearsedOf(config, prepared);
  const { task, order } = stages[0]!;
  return {
    learner: new FakeLearner(),
    stage: 1,
    steps: 3,
    task,
    earlier: old.map((data) => data.task),
    rehearsed: old,
    stages,
    batchSize: 3,
    seed: config.seed,
    breathe: () => Promise.resolve(),
    step: 0,
    examples: order.rows(0, 3).map((row) => task.train[row]!),
  };
}

describe('a memory', () => {
  test('has so many rows of each rehearsed task before the first step, and no other', async () => {
    const context = await firstStep({ name: 'replay' }, ['d', 'c']);
    const memory = new Memory({ memory: 'count', count: 4, share: 0, capacity: 0 });
    const kept = memory.earlier(context);
    expect(kept.map(({ stage }) => stage).sort((x, y) => y - x)).toEqual([-1, -1, -1, -1, -2, -2, -2, -2]);
    const [d, c] = context.rehearsed.map((data) => data.task.train);
    const has = (rows: readonly TokenizedExample[] | undefined, stage: number): void => {
      const examples = examplesOf(
        kept.filter((item) => item.stage === stage),
        context,
      );
      expect(new Set(examples).size).toBe(4);
      for (const example of examples) expect(rows).toContain(example);
    };
    has(d, -1);
    has(c, -2);
    expect(memory.earlier({ ...context, step: 2 })).toEqual(kept);
  });

  test('by share or as a reservoir is drawn from all their rows', async () => {
    const context = await firstStep({ name: 'replay' }, ['c', 'd']);
    const share = new Memory({ memory: 'share', count: 0, share: 0.5, capacity: 0 });
    expect(share.earlier(context)).toHaveLength(10);
    const reservoir = new Memory({ memory: 'reservoir', count: 0, share: 0, capacity: 8 });
    expect(new Set(reservoir.earlier(context).map(({ stage }) => stage))).toEqual(new Set([-1, -2]));
  });

  test('replay trains on its rows in the first step', async () => {
    const context = await firstStep({ name: 'replay' }, ['c']);
    const sources: number[][] = [];
    const learner = new FakeLearner();
    learner.step = (batch) => {
      for (let row = 0; row < batch.rows; row++)
        sources.push([
          ...batch.source.subarray(row * batch.sourceLength, (row + 1) * batch.sourceLength).filter(Boolean),
        ]);
      return { value: () => Promise.resolve(0), discard: () => undefined };
    };
    createMethod(configOf({ name: 'replay', ratio: 2 }).method).step({ ...context, learner });
    expect(sources).toHaveLength(9);
    const old = context.rehearsed[0]!.task.train.map(({ source }) => source);
    for (const source of sources.slice(3)) expect(old).toContainEqual(source);
  });
});

describe('no rehearsed task leaves every byte as it was', () => {
  test.each([...replaying, ...guarding])('%j', async (method) => {
    const [plain, none] = [await run(method), await run(method, [])];
    expect(none.weights).toEqual(plain.weights);
    expect(none.record.losses).toEqual(plain.record.losses);
    expect(none.record.cost).toEqual(plain.record.cost);
  });
});

describe.each([...replaying, ...guarding])('%j with rehearsed tasks', (method) => {
  test('trains otherwise from the first stage on, and says what it cost', async () => {
    const [plain, rehearsed] = [await run(method), await run(method, ['c'])];
    // What guards the weights shows from the second step: at the first there is nothing to pull back from. A-GEM shows
    // only where gradients are at odds, which these are not at first.
    if (method.name !== 'a-gem')
      expect(rehearsed.record.losses.slice(1, 3)).not.toEqual(plain.record.losses.slice(1, 3));
    expect(rehearsed.weights).not.toEqual(plain.weights);
    const [before, after] = [plain.record.cost!, rehearsed.record.cost!];
    if (method.name === 'replay' || method.name === 'der++')
      expect(after.trainedTokens).toBeGreaterThan(before.trainedTokens);
    if (method.name === 'a-gem' || method.name === 'ewc')
      expect(after.gradientTokens).toBeGreaterThan(before.gradientTokens);
    if (method.name === 'lwf') expect(after.forwardTokens).toBeGreaterThan(before.forwardTokens);
    // A watched task stays one: its change is told, and no stage is its own.
    expect(rehearsed.record.metrics.watched.map(({ task }) => task)).toEqual(['c', 'd']);
    expect(rehearsed.record.bands).toEqual(plain.record.bands);
  });

  test('goes on from every checkpoint exactly as if never broken off', async () => {
    const config = configOf(method, ['c', 'd']);
    const whole = await runTiny(config, { checkpoints: true });
    expect(whole.kept.map(({ place }) => place.step)).toEqual(expect.arrayContaining([0, 1, 2, 4, 5, 6]));
    // At step 0 a checkpoint may lie before what is done at the beginning or after it.
    for (const from of whole.kept.filter(({ place }) => [0, 1, 4].includes(place.step))) {
      const resumed = await runTiny(config, { from });
      expect(resumed.weights, JSON.stringify(from.place)).toEqual(whole.weights);
      expect(resumed.record.losses).toEqual(whole.record.losses);
    }
  });
});

test('methods that look at no rows are left as they are', async () => {
  for (const method of [{ name: 'sequential' }, { name: 'l2-sp', alpha: 1 }, { name: 'ema' }] as const)
    expect((await run(method, ['c'])).weights).toEqual((await run(method)).weights);
});
