import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { adamw, expectClose } from '../testing';
import { trainedSets, Trainer } from '../trainer';
import { WasmExecutor } from '../wasm/executor';
import type { Adapter } from './adapter';
import { Orthogonality } from './orthogonality';
import { batch, collected, load, settings, trained } from './testing';

/** Σ|A·A'ᵀ| and its gradient, by loops over the host's copies. */
async function bruteForce(current: Adapter, earlier: Adapter[]) {
  let value = 0;
  const gradient = new Map<string, Float32Array>();
  const own = await collected(current.tensors());
  for (const name of own.keys()) gradient.set(name, new Float32Array(own.get(name)!.length));
  for (const other of earlier) {
    const old = await collected(other.tensors());
    for (const [name, a] of own) {
      const o = old.get(name);
      if (!o || !name.includes('lora_A')) continue;
      const width = a.length / current.settings.rank;
      for (let i = 0; i < current.settings.rank; i++)
        for (let j = 0; j < other.settings.rank; j++) {
          let product = 0;
          for (let c = 0; c < width; c++) product += a[i * width + c]! * o[j * width + c]!;
          value += Math.abs(product);
          const to = gradient.get(name)!;
          for (let c = 0; c < width; c++) to[i * width + c]! += Math.sign(product) * o[j * width + c]!;
        }
    }
  }
  return { value, gradient };
}

describe.each(['reference', 'wasm'] as const)('the penalty of O-LoRA on %s', (kind) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = kind === 'wasm' ? await WasmExecutor.create({ threads: 1 }) : new ReferenceExecutor();
    // The kernels may have to be compiled first.
  }, 120_000);
  afterAll(() => {
    executor.dispose();
  });

  it('and its gradient equal brute force over other ranks and targets', async () => {
    const model = await load(executor, { d_model: 14 });
    const current = await trained(model, settings({ rank: 3, targets: ['q', 'v', 'wo'] }), 1);
    const earlier = [
      await trained(model, settings({ rank: 1, targets: ['q', 'k'] }), 2),
      await trained(model, settings({ rank: 8, targets: ['v', 'o', 'wo'] }), 3),
      await trained(model, settings({ rank: 2, targets: ['wi'] }), 4),
    ];
    await model.adapters.attach(current);
    const expected = await bruteForce(current, earlier);
    const penalty = new Orthogonality(model, current, earlier);
    expect(await penalty.value()).toBeCloseTo(expected.value, 4);

    const sets = trainedSets(model, undefined, current);
    const optimizer = { ...adamw, schedule: { name: 'constant', warmupSteps: 0 } } as const;
    const trainer = new Trainer(
      model,
      { optimizer, totalSteps: 4, dropout: 0, seed: 1, adapter: current },
      sets,
    );
    const seen = sets.create('seen');
    await trainer
      .gradient([{ batch, weight: 0 }], (gradients) => {
        penalty.addGradient(gradients, 0.25);
        penalty.addGradient(gradients, 0);
        sets.copy(gradients, seen);
      })
      .value();
    for (const [name, data] of await collected(seen.tensors()))
      expectClose(
        data,
        expected.gradient.get(name)!.map((x) => 0.25 * x),
        1e-5,
      );
    await penalty.dispose();
    await trainer.dispose();
    sets.dispose();
    await model.dispose();
  });

  it('keeps what is learnt apart from what was: the overlap falls tenfold against none', async () => {
    const overlapAfter = async (strength: number): Promise<number> => {
      const model = await load(executor);
      const old = await trained(model, settings({ rank: 2 }), 2);
      const current = await trained(model, settings({ rank: 2 }), 3);
      for (const adapter of [old, current]) await model.adapters.attach(adapter);
      const penalty = new Orthogonality(model, current, [old]);
      const optimizer = {
        ...adamw,
        learningRate: 2e-3,
        schedule: { name: 'constant', warmupSteps: 0 },
      } as const;
      const quiet = { optimizer: { ...optimizer, weightDecay: 0 }, totalSteps: 9, dropout: 0, seed: 1 };
      const trainer = new Trainer(model, { ...quiet, adapter: current });
      for (let step = 0; step < 150; step++)
        trainer.stepOf([{ batch }], (gradients) => {
          penalty.addGradient(gradients, strength);
        });
      const value = await penalty.value();
      await penalty.dispose();
      await trainer.dispose();
      await model.dispose();
      return value;
    };
    const [without, withIt] = [await overlapAfter(0), await overlapAfter(20)];
    expect(withIt).toBeLessThan(without / 10);
  });

  it('is nothing where no projection is shared', async () => {
    const model = await load(executor);
    const current = await trained(model, settings({ targets: ['q'] }), 1);
    const penalty = new Orthogonality(model, current, [
      await trained(model, settings({ targets: ['wo'] }), 2),
    ]);
    expect(await penalty.value()).toBe(0);
    await penalty.dispose();
    await model.dispose();
  });
});
