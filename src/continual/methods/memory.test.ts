import { describe, expect, test } from 'vitest';
import type { TokenizedExample } from '../../engine/types';
import type { MethodInput } from '../../run/methods';
import type { StepContext } from '../method';
import { mixingRates, MixtureOrder } from '../mixture';
import { streamKey } from '../../engine/random';
import { ExampleOrder } from '../order';
import { rehearsedOf, stagesOf } from '../stageData';
import { FakeLearner } from '../testing';
import type { Learner } from '../learner';
import { createMethod } from '.';
import { Memory, reservoirPlace } from './memory';
import { tinyConfig, tinyTasks } from './tinyPlan';
import { bandsOf } from '../order';

/** The context of a step of a plan of three stages with 10 rows each and 3 steps of 3. */
async function contextOf(
  method: MethodInput,
  stage: number,
  step: number,
  changes: Parameters<typeof tinyConfig>[0] = {},
): Promise<StepContext> {
  const config = tinyConfig({ method, ...changes });
  const tasks = await tinyTasks(config);
  const stages = stagesOf(
    config,
    tasks,
    bandsOf(config, () => 10),
  );
  const { task, order } = stages[stage - 1]!;
  const rehearsed = rehearsedOf(config, tasks);
  return {
    learner: new FakeLearner(),
    stage,
    steps: 3,
    task,
    earlier: [...rehearsed, ...stages.slice(0, stage - 1)].map((data) => data.task),
    rehearsed,
    stages,
    batchSize: 3,
    seed: config.seed,
    breathe: () => Promise.resolve(),
    step,
    examples: order.rows(3 * step, 3).map((row) => task.train[row]!),
  };
}

describe('a reservoir', () => {
  test('keeps each of a stream alike often', () => {
    const kept = new Array<number>(40).fill(0);
    for (let seed = 0; seed < 2000; seed++) {
      const places: number[] = [];
      for (let i = 0; i < 40; i++) {
        const place = reservoirPlace(i, 10, seed, 0);
        if (place !== null) places[place] = i;
      }
      expect(places).toHaveLength(10);
      places.forEach((i) => kept[i]!++);
    }
    // A quarter of 2,000 with a standard deviation of 19.
    for (const count of kept) expect(Math.abs(count - 500)).toBeLessThan(85);
  });
});

describe('a memory', () => {
  const settings = { memory: 'count', count: 4, share: 0.3, capacity: 6 } as const;

  test('holds so many of each earlier task, of those that were trained on', async () => {
    const memory = new Memory(settings);
    const context = await contextOf({ name: 'sequential' }, 3, 1);
    const kept = memory.earlier(context);
    expect(kept.map((item) => item.stage).sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    for (const stage of [1, 2]) {
      const seen = context.stages[stage - 1]!.order.rows(0, 9);
      const rows = kept.filter((item) => item.stage === stage).map((item) => item.row);
      expect(new Set(rows).size).toBe(4);
      for (const row of rows) expect(seen).toContain(row);
    }
  });

  test('is the same whether it was filled step by step or at once', async () => {
    for (const memory of ['count', 'share', 'reservoir'] as const) {
      const [slow, fast] = [new Memory({ ...settings, memory }), new Memory({ ...settings, memory })];
      for (let stage = 1; stage <= 3; stage++)
        for (let step = 0; step < 3; step++)
          slow.earlier(await contextOf({ name: 'sequential' }, stage, step));
      const last = await contextOf({ name: 'sequential' }, 3, 2);
      expect(fast.earlier(last)).toEqual(slow.earlier(last));
      expect(fast.earlier(last).length).toBeGreaterThan(0);
    }
  });

  test('by share rounds to the task; a reservoir has one capacity and gives room to later tasks', async () => {
    const share = new Memory({ ...settings, memory: 'share' });
    expect(share.earlier(await contextOf({ name: 'sequential' }, 2, 0))).toHaveLength(3);
    const reservoir = new Memory({ ...settings, memory: 'reservoir' });
    expect(reservoir.earlier(await contextOf({ name: 'sequential' }, 2, 0))).toHaveLength(6);
    expect(reservoir.earlier(await contextOf({ name: 'sequential' }, 2, 2)).length).toBeLessThan(6);
  });
});

describe('mixing', () => {
  test.each([
    ['proportional', [0.1, 0.3, 0.6]],
    ['capped', [100 / 600, 250 / 600, 250 / 600]],
    ['temperature', [10 / (10 + 2 * 250 ** 0.5), 250 ** 0.5 / (10 + 2 * 250 ** 0.5), 0.38]],
  ] as const)('%s', (mixing, wanted) => {
    const rates = mixingRates([100, 300, 600], { mixing, cap: 250, temperature: 2 });
    rates.forEach((rate, i) => expect(rate).toBeCloseTo(wanted[i]!, i === 2 ? 2 : 9));
    expect(rates.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
  });

  test('goes through each task in its own order, as often as its rate says, from any place', () => {
    const orders = [new ExampleOrder(20, 3, 1), new ExampleOrder(50, 3, 2)];
    const members = [
      { order: orders[0]!, offset: 0 },
      { order: orders[1]!, offset: 20 },
    ];
    const mixture = () => new MixtureOrder(members, [0.25, 0.75], streamKey(4));
    const rows = mixture().rows(0, 4000);
    const first = rows.filter((row) => row < 20);
    expect(Math.abs(first.length - 1000)).toBeLessThan(100);
    expect(first).toEqual(orders[0]!.rows(0, first.length));
    expect(rows.filter((row) => row >= 20).map((row) => row - 20)).toEqual(
      orders[1]!.rows(0, 4000 - first.length),
    );
    const other = mixture();
    expect(other.rows(1000, 50)).toEqual(rows.slice(1000, 1050));
    expect(other.rows(10, 5)).toEqual(rows.slice(10, 15));
  });
});

describe('the batch of a step', () => {
  /** What a method trains on in a step. */
  async function batchOf(method: MethodInput, stage: number, step: number) {
    const context = await contextOf(method, stage, step);
    const sources: string[] = [];
    const stepOf: Learner['step'] = (batch) => {
      for (let row = 0; row < batch.rows; row++) {
        const ids = [...batch.source.subarray(row * batch.sourceLength, (row + 1) * batch.sourceLength)];
        sources.push(ids.filter((id) => id > 0).join(' '));
      }
      return { value: () => Promise.resolve(0), discard: () => undefined };
    };
    const learner = new FakeLearner();
    learner.step = stepOf;
    createMethod(tinyConfig({ method }).method).step({ ...context, learner });
    const own = (examples: readonly TokenizedExample[]) => examples.map((e) => e.source.join(' '));
    return { context, sources, own };
  }

  test('with replay is the new examples and a draw of kept ones', async () => {
    const { context, sources, own } = await batchOf({ name: 'replay', count: 4, ratio: 2 }, 2, 1);
    expect(sources.slice(0, 3)).toEqual(own(context.examples));
    // Six are asked for and four are kept.
    expect(sources).toHaveLength(7);
    const old = own(context.stages[0]!.task.train);
    for (const source of sources.slice(3)) expect(old).toContain(source);
    const next = await batchOf({ name: 'replay', count: 4, ratio: 0.7 }, 2, 1);
    expect(next.sources).toHaveLength(5);
  });

  test('of multi-task continuation stays as large, a share of it old, and skips no new example', async () => {
    const method: MethodInput = { name: 'multi-task', share: 0.34 };
    const steps = await Promise.all([0, 1, 2].map((step) => batchOf(method, 3, step)));
    const { context, own } = steps[0]!;
    const fresh = own(context.stages[2]!.order.rows(0, 6).map((row) => context.task.train[row]!));
    expect(steps.flatMap(({ sources }) => sources.slice(0, 2))).toEqual(fresh);
    const old = own([...context.stages[0]!.task.train, ...context.stages[1]!.task.train]);
    for (const { sources } of steps) {
      expect(sources).toHaveLength(3);
      expect(old).toContain(sources[2]);
    }
  });

  test('of multi-task continuation has old rows now and then where the share is less than a row', async () => {
    const method: MethodInput = { name: 'multi-task', share: 0.1 };
    const steps = await Promise.all(Array.from({ length: 10 }, (_, step) => batchOf(method, 3, step)));
    const { context, own } = steps[0]!;
    const old = own([...context.stages[0]!.task.train, ...context.stages[1]!.task.train]);
    const ofOld = steps.map(({ sources }) => sources.filter((source) => old.includes(source)).length);
    expect(ofOld).toEqual([0, 1, 0, 0, 1, 0, 0, 0, 1, 0]);
    expect(steps.every(({ sources }) => sources.length === 3)).toBe(true);
    // No new example is skipped, and none comes twice.
    const fresh = own(context.stages[2]!.order.rows(0, 27).map((row) => context.task.train[row]!));
    expect(steps.flatMap(({ sources }, i) => sources.slice(0, 3 - ofOld[i]!))).toEqual(fresh);
  });

  test('of joint training comes from all tasks, in one stage with all steps', async () => {
    const config = tinyConfig({ method: { name: 'joint' } });
    const bands = bandsOf(config, () => 10);
    expect(bands).toEqual([{ stage: 1, task: '*', from: 0, to: 9 }]);
    const [all] = stagesOf(config, await tinyTasks(config), bands);
    expect(all!.steps).toBe(9);
    const rows = all!.order.rows(0, 27);
    for (const task of [0, 1, 2])
      expect(rows.filter((row) => Math.floor(row / 10) === task).length).toBeGreaterThan(3);
    expect(all!.task.train).toHaveLength(30);
  });
});
