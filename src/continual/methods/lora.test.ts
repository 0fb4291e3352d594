/** Whole plans that train LoRA adapters, with each method that goes with them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { collate } from '../../engine/text/batches';
import type { NamedTensor } from '../../engine/types';
import { WasmExecutor } from '../../engine/wasm/executor';
import { spawnNode } from '../../engine/wasm/testing/nodeThreads';
import type { RunConfig, RunConfigInput } from '../../run/config';
import type { LoraInput } from '../../run/lora';
import { methodNames } from '../../run/methodGuide';
import type { MethodInput } from '../../run/methods';
import { adaptersOf } from '../runAdapters';
import { tinyLearner } from '../tinyLearner';
import { runTiny as runOn, tinyConfig, tinyTasks } from './tinyPlan';

let executor: WasmExecutor;
beforeAll(async () => {
  executor = await WasmExecutor.create({ variant: 'simd', threads: 1, spawn: spawnNode });
  // The kernels may have to be compiled first.
}, 120_000);
afterAll(() => executor.dispose());
const runTiny = (plan: RunConfig, how?: Parameters<typeof runOn>[1]) => runOn(plan, { executor, ...how });

const lora: LoraInput = { rank: 2, alpha: 4, targets: ['q', 'v', 'wi'], dropout: 0.1 };
const timeless = <T extends object>(record: T): T => ({ ...record, timings: [] });
const config = (method: MethodInput, more: LoraInput = {}, rest: Partial<RunConfigInput> = {}) =>
  tinyConfig({ method, lora: { ...lora, ...more }, ...rest });

/** The adapters of each stage: matrices by name. */
const byStage = (tensors: readonly NamedTensor[], stage: number): Map<string, Float32Array> =>
  new Map(
    tensors.flatMap(({ name, data }) =>
      name.startsWith(`stage-${stage}/`) ? [[name.slice(name.indexOf('/') + 1), data]] : [],
    ),
  );

const start = (async () => {
  const { learner, model } = await tinyLearner();
  const tensors: NamedTensor[] = [];
  for await (const tensor of model.tensors()) tensors.push({ ...tensor, data: tensor.data.slice() });
  learner.dispose();
  return tensors;
})();

const strong: Record<string, object> = {
  ewc: { lambda: 1000, samples: 3 },
  'l2-sp': { alpha: 1 },
  'der++': { alpha: 1, capacity: 5 },
  'a-gem': { sample: 3 },
  'o-lora': { lambda: 1 },
};
const composed: [MethodInput, LoraInput][] = methodNames
  .filter((name) => name !== 'freezing')
  .map((name) => [{ name, ...strong[name] }, {}]);
for (const name of ['sequential', 'wise-ft', 'ema'] as const)
  composed.push([{ name }, { adapters: 'per-task' }]);
composed.push([{ name: 'sequential' }, { base: 'f16' }]);

describe.each(composed)('%j with LoRA %j', (method, more) => {
  test('trains its adapters alone, and goes on from a checkpoint as if never broken off', async () => {
    const whole = await runTiny(config(method, more), { checkpoints: true });
    if (more.base !== 'f16') expect(whole.weights).toEqual(await start);
    const stages = method.name === 'o-lora' || more.adapters ? 3 : 1;
    const trained = whole.record.cost!.trainedParameters!;
    expect(whole.adapters.reduce((sum, { data }) => sum + data.length, 0)).toBe(stages * trained);
    for (const from of whole.kept.filter(({ place }) => [2, 3, 7].includes(place.step))) {
      const resumed = await runTiny(config(method, more), { from });
      expect(resumed.adapters, JSON.stringify(from.place)).toEqual(whole.adapters);
      expect(timeless(resumed.record), JSON.stringify(from.place)).toEqual(timeless(whole.record));
    }
  });
});

test('a method without strength is plain LoRA, bit for bit', async () => {
  const plain = await runTiny(config({ name: 'sequential' }));
  for (const method of [
    { name: 'lwf', lambda: 0 },
    { name: 'ewc', lambda: 0, samples: 2 },
    { name: 'replay', count: 0 },
    { name: 'wise-ft', alpha: 1 },
  ] satisfies MethodInput[])
    expect((await runTiny(config(method))).adapters, method.name).toEqual(plain.adapters);
});

test('learning again what was forgotten leaves the adapters as the plan ended with them', async () => {
  const stages = ['a', 'b', 'c'].map((task) => ({ task, steps: 2 }));
  for (const method of [{ name: 'sequential' }, { name: 'o-lora' }] satisfies MethodInput[]) {
    const plain = await runTiny(config(method, {}, { plan: { stages } }));
    const again = await runTiny(config(method, {}, { plan: { stages, relearn: { steps: 2 } } }));
    expect(again.record.relearning!.map(({ task }) => task)).toEqual(['a', 'b']);
    expect(again.adapters, method.name).toEqual(plain.adapters);
  }
});

test('a frozen base of half precision is rounded and nothing else', async () => {
  const whole = await runTiny(config({ name: 'sequential' }, { base: 'f16' }));
  (await start).forEach((tensor, i) => {
    const kept = whole.weights[i]!;
    const most = Math.max(...tensor.data.map(Math.abs));
    tensor.data.forEach((x, k) => expect(Math.abs(x - kept.data[k]!)).toBeLessThanOrEqual(most / 1024));
  });
});

const watchful: Partial<RunConfigInput> = {
  evaluation: { everySteps: 2, examples: 3, testExamples: 3, samples: 2, knowledge: { examples: 0 } },
};

describe('one adapter a task', () => {
  test('keeps every score of a task, bit for bit, once its stage is over; and before, the model’s own', async () => {
    const { record } = await runTiny(config({ name: 'sequential' }, { adapters: 'per-task' }, watchful));
    const scoreOf = (row: number, task: number) => record.matrix[row]!.scores[task];
    for (const task of [0, 1, 2]) {
      const stage = task + 1;
      for (let row = 1; row < stage; row++) expect(scoreOf(row, task)).toEqual(scoreOf(0, task));
      expect(scoreOf(stage, task)!.loss).not.toBe(scoreOf(0, task)!.loss);
      for (let row = stage + 1; row <= 3; row++) expect(scoreOf(row, task)).toEqual(scoreOf(stage, task));
    }
    expect(record.metrics.backwardTransfer).toBeCloseTo(0, 12);
    // The same plan with one for all tasks forgets or gains: the scores do move.
    const shared = await runTiny(config({ name: 'sequential' }, {}, watchful));
    expect(shared.record.matrix[3]!.scores[0]!.loss).not.toBe(shared.record.matrix[1]!.scores[0]!.loss);
    expect(shared.record.matrix[1]!.scores[0]).toEqual(record.matrix[1]!.scores[0]);
  });
});

describe('O-LoRA', () => {
  const olora = (lambda: number, steps: number) =>
    tinyConfig({
      method: { name: 'o-lora', lambda },
      lora: { ...lora, dropout: 0 },
      dropout: 0,
      plan: { stages: ['a', 'b', 'c'].map((task) => ({ task, steps })) },
      optimizer: { name: 'adamw', learningRate: 0.005 },
    });

  /** Σ|A·A'ᵀ| of a stage's A with those of all stages before, and its gradient, by loops. */
  function bruteForce(adapters: readonly NamedTensor[], stage: number) {
    let value = 0;
    const gradient = new Map<string, Float64Array>();
    for (const [name, a] of byStage(adapters, stage)) {
      const to = new Float64Array(a.length);
      gradient.set(name, to);
      if (!name.endsWith('lora_A.weight')) continue;
      const width = a.length / 2;
      for (let before = 1; before < stage; before++) {
        const old = byStage(adapters, before).get(name)!;
        for (let i = 0; i < 2; i++)
          for (let j = 0; j < 2; j++) {
            let product = 0;
            for (let c = 0; c < width; c++) product += a[i * width + c]! * old[j * width + c]!;
            value += Math.abs(product);
            for (let c = 0; c < width; c++) to[i * width + c]! += Math.sign(product) * old[j * width + c]!;
          }
      }
    }
    return { value, gradient };
  }

  test('has the overlap and the gradient of brute force, over all stages before', async () => {
    const run = await runTiny(olora(0.5, 2));
    const { learner } = await tinyLearner({
      executor,
      adapters: adaptersOf(olora(0.5, 2).lora!, olora(0.5, 2)),
    });
    const { adapters, sets } = learner;
    adapters!.restore(run.adapters);
    learner.beginStage({ stage: 3, steps: 1, seed: 1 });
    const wanted = bruteForce(run.adapters, 3);
    expect(wanted.value).toBeGreaterThan(1);
    expect(await adapters!.overlap()).toBeCloseTo(wanted.value, 4);
    const [task] = await tinyTasks(olora(0.5, 2));
    const [without, withIt] = [sets.create('without'), sets.create('with')];
    for (const [strength, seen] of [
      [0, without],
      [0.25, withIt],
    ] as const) {
      const reading = learner.gradient([{ batch: collate(task!.train.slice(0, 2)) }], (gradients) => {
        adapters!.addOverlap(gradients, strength);
        sets.copy(gradients, seen);
      });
      await reading.value();
    }
    sets.axpy(-1, without, withIt);
    for await (const { name, data } of withIt.tensors()) {
      const gradient = wanted.gradient.get(name)!;
      data.forEach((x, i) => expect(x, name).toBeCloseTo(0.25 * gradient[i]!, 4));
    }
    learner.dispose();
  });

  test('cuts the overlap at least tenfold against no penalty, and leaves earlier adapters as they were', async () => {
    const overlaps = async (lambda: number): Promise<number> => {
      const { adapters, kept } = await runTiny(olora(lambda, 60));
      for (const stage of [1, 2])
        expect(byStage(adapters, stage)).toEqual(byStage(kept[stage - 1]!.adapters!, stage));
      return bruteForce(adapters, 2).value + bruteForce(adapters, 3).value;
    };
    const [without, withIt] = [await overlaps(0), await overlaps(20)];
    expect(withIt).toBeLessThan(without / 10);
  });

  test('answers with the sum of all adapters', async () => {
    const kept = await runTiny(olora(0.5, 2));
    const settings = adaptersOf(olora(0.5, 2).lora!, olora(0.5, 2));
    const { learner, model } = await tinyLearner({ executor, adapters: settings });
    learner.adapters!.restore(kept.adapters);
    const sums = new Map<string, Float32Array>();
    for await (const { name, data } of model.adapters.mergedTensors()) sums.set(name, data.slice());
    for (const { name, shape, data } of await start) {
      const module = name.replace(/\.weight$/, '');
      const wanted = Float64Array.from(data);
      for (const stage of [1, 2, 3]) {
        const own = byStage(kept.adapters, stage);
        const [A, B] = [own.get(`${module}.lora_A.weight`), own.get(`${module}.lora_B.weight`)];
        if (!A || !B) continue;
        const [outputs = 0, inputs = 0] = shape;
        for (let o = 0; o < outputs; o++)
          for (let i = 0; i < inputs; i++)
            for (let r = 0; r < 2; r++) wanted[o * inputs + i]! += 2 * B[o * 2 + r]! * A[r * inputs + i]!;
      }
      sums.get(name)!.forEach((x, i) => expect(x, name).toBeCloseTo(wanted[i]!, 5));
    }
    learner.dispose();
  });

  test('is plain LoRA in its first stage, and with λ = 0 no penalty moves anything', async () => {
    const one = { plan: { stages: [{ task: 'a', steps: 3 }] } };
    const plain = await runTiny(config({ name: 'sequential' }, {}, one));
    expect((await runTiny(config({ name: 'o-lora', lambda: 9 }, {}, one))).adapters).toEqual(plain.adapters);
    const [off, on] = [await runTiny(olora(0, 2)), await runTiny(olora(5, 2))];
    expect(byStage(on.adapters, 1)).toEqual(byStage(off.adapters, 1));
    expect(byStage(on.adapters, 2)).not.toEqual(byStage(off.adapters, 2));
  });
});
