import { expect, it, vi } from 'vitest';
import { describeBackends } from '../../tests/engine/backends';
import { rowLosses } from './losses';
import type { T5Model } from './t5/model';
import { adafactor, adamw, microModel } from './testing';
import { collate } from './text/batches';
import { currentExecutor, deviceMemory } from './device';
import { Trainer } from './trainer';
import type { Batch, NamedTensor } from './types';

const batches: Batch[] = [
  collate(
    [
      { source: [5, 6, 7, 1], target: [8, 9, 1] },
      { source: [10, 1], target: [11, 1] },
    ],
    { source: 4, target: 3 },
  ),
  // One row is padding alone, as short last batches may have it.
  collate(
    [
      { source: [12, 13, 14, 15, 1], target: [16, 17, 18, 1] },
      { source: [], target: [] },
    ],
    { source: 5, target: 4 },
  ),
];

async function train(trainer: Trainer, steps: number): Promise<number[]> {
  const losses: number[] = [];
  for (let i = 0; i < steps; i++)
    losses.push(await trainer.step(batches[trainer.stepsDone % batches.length]!).value());
  return losses;
}

async function collected(tensors: AsyncIterable<NamedTensor>): Promise<NamedTensor[]> {
  const all: NamedTensor[] = [];
  for await (const tensor of tensors) all.push(tensor);
  return all;
}

async function changed(model: T5Model, before: NamedTensor[]): Promise<string[]> {
  const after = await collected(model.tensors());
  return after.filter(({ data }, i) => data.some((v, j) => v !== before[i]!.data[j])).map(({ name }) => name);
}

describeBackends('Trainer', () => {
  for (const optimizer of [adamw, adafactor]) {
    const settings = { optimizer, totalSteps: 8, dropout: 0.1, seed: 3 };

    it(`${optimizer.name}: a resumed run equals an unbroken one bit for bit`, async () => {
      const whole = await microModel();
      const unbroken = new Trainer(whole, settings);
      const losses = await train(unbroken, 5);

      const broken = await microModel();
      const first = new Trainer(broken, settings);
      const early = await train(first, 2);
      const [weights, state] = [await collected(broken.tensors()), await collected(first.state())];
      await first.dispose();
      await broken.dispose();

      const resumed = await microModel({}, 99);
      for (const { name, data } of weights) await resumed.parameters.assign(name, data);
      const second = new Trainer(resumed, settings);
      second.restore(state, 2);
      expect([...early, ...(await train(second, 3))]).toEqual(losses);
      expect(await collected(resumed.tensors())).toEqual(await collected(whole.tensors()));
      expect(await collected(second.state())).toEqual(await collected(unbroken.state()));
      await Promise.all([unbroken, second].map((trainer) => trainer.dispose()));
      await Promise.all([whole, resumed].map((model) => model.dispose()));
    });

    it(`${optimizer.name}: learns, changes every parameter, and leaves no tensor behind`, async () => {
      const model = await microModel();
      const before = await collected(model.tensors());
      const schedule = { name: 'constant', warmupSteps: 0 } as const;
      const steady = { ...settings, dropout: 0, optimizer: { ...optimizer, schedule } };
      const trainer = new Trainer(model, steady);
      const [firstLoss] = await train(trainer, 2);
      const afterTwo = deviceMemory();
      const later = await train(trainer, 10);
      trainer.step(batches[0]!).discard();
      await trainer.step(batches[1]!).value();
      expect(deviceMemory()).toEqual(afterTwo);
      expect(later[9]!).toBeLessThan(0.8 * firstLoss!);
      expect(await changed(model, before)).toEqual(model.parameters.names);
      await trainer.dispose();
      await model.dispose();
      const left = deviceMemory();
      const again = await microModel();
      const second = new Trainer(again, steady);
      await train(second, 2);
      await second.dispose();
      await again.dispose();
      expect(deviceMemory()).toEqual(left);
    });
  }

  it('draws other dropout for another seed, and none at rate 0', async () => {
    const run = async (dropout: number, seed: number) => {
      const model = await microModel();
      const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 4, dropout, seed });
      const losses = await train(trainer, 2);
      await trainer.dispose();
      await model.dispose();
      return losses;
    };
    expect(await run(0.2, 1)).not.toEqual(await run(0.2, 2));
    expect(await run(0, 1)).toEqual(await run(0, 2));
  });

  it('asks for steps without waiting for the device, which gives back the losses of tokens alone', async () => {
    const model = await microModel();
    const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 8, dropout: 0.1, seed: 1 });
    // Every shape is compiled.
    await train(trainer, 2);
    const executor = currentExecutor();
    const read = executor.read.bind(executor);
    let letThrough: () => void = () => undefined;
    const closed = new Promise<void>((open) => (letThrough = open));
    const reads = vi.spyOn(executor, 'read').mockImplementation(async (...asked) => {
      const values = read(...asked);
      await closed;
      return values;
    });
    const [runs, ids, waits] = [
      vi.spyOn(executor, 'run'),
      vi.spyOn(executor, 'readUint32'),
      vi.spyOn(executor, 'finish'),
    ];
    const losses = [0, 1, 0].map((i) => trainer.step(batches[i]!));
    try {
      // Comes to pass with no result given out.
      await model.enqueue(() => Promise.resolve());
      expect(runs.mock.calls.length).toBeGreaterThanOrEqual(6);
      const tokens = batches.map(({ rows, targetLength }) => rows * targetLength);
      expect(reads.mock.calls.map(([view]) => view.length)).toEqual([0, 1, 0].map((i) => tokens[i]));
      expect([ids, waits].map((spy) => spy.mock.calls.length)).toEqual([0, 0]);
    } finally {
      letThrough();
      vi.restoreAllMocks();
    }
    for (const loss of losses) expect(await loss.value()).toBeGreaterThan(0);
    await trainer.dispose();
    await model.dispose();
  });

  it('does nothing at learning rate 0, the first step of a warm-up', async () => {
    const model = await microModel();
    const before = await collected(model.tensors());
    const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 8, dropout: 0, seed: 0 });
    await train(trainer, 1);
    expect(await changed(model, before)).toEqual([]);
    await train(trainer, 1);
    expect(await changed(model, before)).toEqual(model.parameters.names);
    await trainer.dispose();
    await model.dispose();
  });

  it('trains on what it scores: the loss is the row losses over all tokens', async () => {
    const model = await microModel();
    const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 8, dropout: 0, seed: 0 });
    for (const batch of batches) {
      const { nats, tokens } = await rowLosses(model, batch);
      const mean = (nats[0]! + nats[1]!) / (tokens[0]! + tokens[1]!);
      expect(await trainer.step(batch).value()).toBeCloseTo(mean, 4);
    }
    expect((await rowLosses(model, batches[1]!)).tokens).toEqual(Int32Array.of(4, 0));
    await trainer.dispose();
    await model.dispose();
  });

  it("refuses another trainer's state and changes nothing", async () => {
    const model = await microModel();
    const trainer = new Trainer(model, { optimizer: adamw, totalSteps: 8, dropout: 0, seed: 0 });
    await train(trainer, 2);
    const state = await collected(trainer.state());
    expect(() => trainer.restore(state.slice(1), 2)).toThrow(/lacks shared\.weight\.exp_avg/);
    expect(() => trainer.restore([...state, { name: 'x', shape: [1], data: Float32Array.of(1) }], 2)).toThrow(
      /x/,
    );
    const wrong = state.map((t, i) => (i === 0 ? { ...t, shape: [1, 1], data: Float32Array.of(1) } : t));
    expect(() => trainer.restore(wrong, 2)).toThrow(/\[1,1\]/);
    expect(() => trainer.restore(state, -1)).toThrow(RangeError);
    expect(await collected(trainer.state())).toEqual(state);
    await trainer.dispose();
    await model.dispose();
  });
});
