/** Steps of several parts on the devices, held to the reference and to themselves. */
import { expect, it } from 'vitest';
import { describeBackends } from '../../tests/engine/backends';
import { currentExecutor, deviceMemory } from './device';
import { targetLogits } from './logits';
import type { Executor } from './program/executor';
import { ReferenceExecutor } from './program/referenceExecutor';
import { parseT5Config } from './t5/config';
import { T5Model } from './t5/model';
import { adamw, expectClose, microConfig, microTensors } from './testing';
import { collate } from './text/batches';
import { Trainer, trainedSets } from './trainer';
import type { NamedTensor } from './types';

const batch = collate(
  [
    { source: [5, 6, 7, 1], target: [8, 9, 1] },
    { source: [10, 1], target: [11, 1] },
    { source: [12, 13, 1], target: [14, 15, 16, 1] },
  ],
  { source: 4, target: 4 },
);
const other = collate([{ source: [20, 21, 1], target: [22, 1] }], { source: 4, target: 2 });
const optimizer = { ...adamw, epsilon: 1e-2, schedule: { name: 'constant', warmupSteps: 0 } } as const;

async function numbers(tensors: AsyncIterable<NamedTensor>): Promise<Float32Array> {
  const all: number[] = [];
  for await (const { data } of tensors) for (const x of data) all.push(x);
  return Float32Array.from(all);
}

/** Two steps with everything that methods ask for; losses, sums and all sets after them. */
async function work(executor: Executor, microBatch?: number) {
  const config = parseT5Config(microConfig);
  const model = await T5Model.load(config, microTensors(config), executor);
  const sets = trainedSets(model);
  const dropout = microBatch === undefined ? 0.1 : 0;
  const settings = { optimizer, totalSteps: 10, dropout, seed: 3 };
  const trainer = new Trainer(model, { ...settings, ...(microBatch && { microBatch }) }, sets);
  const teacher = sets.create('teacher');
  const fisher = sets.create('fisher');
  const reference = sets.create('reference');
  const average = sets.create('average');
  sets.copy(sets.weights, teacher);
  const logits = await targetLogits(model, other);
  const losses: number[] = [];
  for (let step = 0; step < 2; step++) {
    trainer.gradient(
      [{ batch: other, sampledLabels: step }],
      (g) => sets.addSquares(fisher, g, 0.5, 0.9),
      'evaluation',
    );
    trainer.gradient([{ batch: other }], (g) => sets.copy(g, reference));
    const distil = { kind: 'distillation', weight: 0.5, temperature: 2, teacher } as const;
    const reading = trainer.stepOf(
      [
        { batch, match: distil },
        { batch: other, weight: 0.5, match: { kind: 'logits', weight: 2, logits } },
      ],
      (g) => {
        sets.addPenalty(g, 3, sets.weights, teacher, fisher);
        sets.axpy(-4, reference, g);
        sets.project(g, reference);
      },
    );
    losses.push(await reading.value());
    sets.ema(average, sets.weights, 0.75);
  }
  sets.interpolate(sets.weights, average, 0.25, sets.weights);
  const along = await sets.dot(sets.weights, reference);
  const kept = [];
  for (const set of [sets.weights, fisher, reference, average]) kept.push(await numbers(set.tensors()));
  await trainer.dispose();
  sets.dispose();
  await model.dispose();
  return { losses, along, kept };
}

describeBackends('steps of several parts', () => {
  it('follow the reference, repeat themselves to the bit, and give everything back', async () => {
    const expected = await work(new ReferenceExecutor());
    const got = await work(currentExecutor());
    expectClose(got.losses, expected.losses, 1e-4);
    expectClose([got.along], [expected.along], 1e-3);
    got.kept.forEach((numbers, i) => {
      expectClose(numbers, expected.kept[i]!, 1e-3);
    });
    const held = deviceMemory();
    expect(await work(currentExecutor())).toEqual(got);
    expect(deviceMemory()).toEqual(held);
  });

  it('come to the same in micro-batches', async () => {
    const expected = await work(new ReferenceExecutor(), 8);
    const got = await work(currentExecutor(), 1);
    expectClose(got.losses, expected.losses, 1e-4);
    got.kept.forEach((numbers, i) => {
      expectClose(numbers, expected.kept[i]!, 1e-3);
    });
  });
});
