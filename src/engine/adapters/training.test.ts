import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Parameters } from '../parameters';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { adamw } from '../testing';
import { trainedSets, Trainer } from '../trainer';
import { WasmExecutor } from '../wasm/executor';
import { batch, collected, load, settings, trained } from './testing';

describe.each(['reference', 'wasm'] as const)('adapters in training on %s', (kind) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = kind === 'wasm' ? await WasmExecutor.create({ threads: 1 }) : new ReferenceExecutor();
    // The kernels may have to be compiled first.
  }, 120_000);
  afterAll(() => {
    executor.dispose();
  });

  it('with dropout have the gradient of the loss, each projection with a mask of its own', async () => {
    const model = await load(executor);
    const adapter = await trained(
      model,
      settings({ dropout: 0.4, targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] }),
    );
    await model.adapters.attach(adapter);
    const shape = { B: 2, S: 4, T: 3 };
    const set = new Parameters(executor, adapter.parameters.layout, 'gradients');
    const step = await model.loadStep(shape, {
      gradients: set,
      dropout: 0.2,
      adapter: { adapter, dropout: 0.4 },
    });
    const sites = step.program.instructions
      .filter(({ op, ints }) => op.name === 'dropout' && ints[1]! >= 2 ** 20)
      .map(({ ints }) => ints[1]);
    expect(new Set(sites).size).toBe(adapter.modules.length);
    model.setScalar(1, 1);
    model.setScalar(0, 77, 'u32');
    const loss = async (): Promise<number> => {
      model.writeScalars();
      for (const view of set.views()) executor.clear(view);
      model.runStep(step, batch);
      return (await executor.read(step.inputs.rowLoss, step.loaded)).reduce((sum, x) => sum + x, 0);
    };
    await loss();
    const gradients = await collected(set.tensors());
    for (const [name, gradient] of gradients) {
      const before = await adapter.parameters.read(name);
      const kept = before.slice();
      const slope = Math.hypot(...gradient);
      const direction = gradient.map((g) => g / slope);
      const by = 2e-3;
      const at: number[] = [];
      for (const sign of [1, -1]) {
        await adapter.parameters.assign(
          name,
          kept.map((x, i) => x + sign * by * direction[i]!),
        );
        at.push(await loss());
      }
      await adapter.parameters.assign(name, kept);
      expect(Math.abs((at[0]! - at[1]!) / (2 * by) - slope), name).toBeLessThan(0.02 * slope + 0.01);
    }
    executor.unload(step.loaded);
    set.dispose();
    await model.dispose();
  });

  it('are trained alone, whatever else is attached: no gradient of anything else exists', async () => {
    const model = await load(executor);
    const before = await collected(model.tensors());
    const [old, adapter] = [
      await trained(model, settings(), 1),
      await trained(model, settings({ dropout: 0.1 }), 2),
    ];
    const frozen = await collected(old.tensors());
    await model.adapters.attach(old);
    await model.adapters.attach(adapter);
    const start = await collected(adapter.tensors());
    const used = executor.memory().bytes;
    const constant = { name: 'constant', warmupSteps: 0 } as const;
    const optimizer = { ...adamw, schedule: constant, weightDecay: 0 };
    const trainer = new Trainer(model, { optimizer, totalSteps: 6, dropout: 0.1, seed: 1, adapter });
    const losses: number[] = [];
    await trainer.prepare({ B: 2, S: 4, T: 3 });
    for (let step = 0; step < 12; step++) losses.push(await trainer.step(batch).value());
    expect(losses[11]).toBeLessThan(losses[0]!);
    const state = await collected(trainer.state());
    expect([...state.keys()].every((name) => name.includes('lora_'))).toBe(true);
    expect(state.size).toBe(2 * start.size);
    expect(await collected(model.tensors())).toEqual(before);
    expect(await collected(old.tensors())).toEqual(frozen);
    for (const [name, data] of await collected(adapter.tensors()))
      expect(data, name).not.toEqual(start.get(name));
    await trainer.dispose();
    expect(executor.memory().bytes).toBeLessThanOrEqual(used);
    await model.dispose();
  });

  it('have themselves as they were for a teacher', async () => {
    const model = await load(executor);
    const adapter = await trained(model, settings(), 2);
    await model.adapters.attach(adapter);
    const sets = trainedSets(model, undefined, adapter);
    const optimizer = { ...adamw, schedule: { name: 'constant', warmupSteps: 0 } } as const;
    const trainer = new Trainer(model, { optimizer, totalSteps: 4, dropout: 0, seed: 1, adapter }, sets);
    const teacher = sets.create('teacher');
    sets.copy(sets.weights, teacher);
    const match = { kind: 'distillation', weight: 1, temperature: 2, teacher } as const;
    const divergence = () => trainer.gradient([{ batch, weight: 0, match }], () => undefined).value();
    expect(Math.abs(await divergence())).toBeLessThan(1e-5);
    for (let step = 0; step < 4; step++) await trainer.step(batch).value();
    const far = await divergence();
    expect(far).toBeGreaterThan(1e-3);
    for (let step = 0; step < 4; step++) await trainer.stepOf([{ batch, weight: 0, match }]).value();
    expect(await divergence()).toBeLessThan(far);
    await trainer.dispose();
    teacher.dispose();
    sets.dispose();
    await model.dispose();
  });

  it('train the same from the same seed, with activation checkpointing too, and leave nothing behind', async () => {
    const run = async (checkpoint = false): Promise<Map<string, Float32Array>> => {
      const model = await load(executor);
      const targets = ['q', 'v', 'o', 'wi', 'wo'];
      const adapter = await model.adapters.create('a', settings({ dropout: 0.2, targets }), 9);
      await model.adapters.attach(adapter);
      const how = { optimizer: adamw, totalSteps: 6, dropout: 0.1, seed: 1, checkpoint };
      const trainer = new Trainer(model, { ...how, adapter });
      for (let step = 0; step < 3; step++) await trainer.step(batch).value();
      const after = await collected(adapter.tensors());
      await trainer.dispose();
      await model.adapters.remove(adapter);
      await model.dispose();
      return after;
    };
    const first = await run();
    const used = executor.memory();
    expect(await run()).toEqual(first);
    expect(await run(true)).toEqual(first);
    expect(executor.memory()).toEqual(used);
  });
});
