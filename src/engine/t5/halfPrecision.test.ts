/** Frozen weights of half precision, against the same numbers in float32. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halvesOf, toHalves } from '../halves';
import { forward, lossAndGradients } from '../inspect';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { adamw, expectClose, microConfig, microTensors, stream } from '../testing';
import { collate } from '../text/batches';
import { Trainer } from '../trainer';
import type { NamedTensor } from '../types';
import { WasmExecutor } from '../wasm/executor';
import { parseT5Config } from './config';
import { generate } from './generate';
import { layOut } from './layout';
import { T5Model } from './model';

const batch = collate(
  [
    { source: [5, 6, 7, 1], target: [8, 9, 1] },
    { source: [10, 1], target: [11, 1] },
  ],
  { source: 4, target: 3 },
);
const targets = ['q', 'k', 'v', 'o', 'wi', 'wo'];
const settings = { rank: 3, alpha: 6, dropout: 0, targets };

/** Norms and biases of positions stay as they are. */
const rounded = ({ name, shape, data }: NamedTensor): NamedTensor => {
  const kept = /norm|relative/.test(name);
  return { name, shape, data: kept ? data : halvesOf(toHalves(data)) };
};

async function collected(tensors: AsyncIterable<NamedTensor>): Promise<Map<string, Float32Array>> {
  const all = new Map<string, Float32Array>();
  for await (const { name, data } of tensors) all.set(name, data.slice());
  return all;
}

describe.each(['reference', 'wasm'] as const)('weights of half precision on %s', (kind) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = kind === 'wasm' ? await WasmExecutor.create({ threads: 1 }) : new ReferenceExecutor();
    // The kernels may have to be compiled first.
  }, 120_000);
  afterAll(() => {
    executor.dispose();
  });

  /** Of the same rounded numbers, kept as asked. */
  async function load(precision: 'f32' | 'f16', overrides: Record<string, unknown> = {}): Promise<T5Model> {
    const config = parseT5Config({ ...microConfig, ...overrides });
    const tensors = microTensors(config);
    return T5Model.load(
      config,
      stream(precision === 'f32' ? tensors.map(rounded) : tensors),
      executor,
      precision,
    );
  }

  it.each([
    ['odd sizes', {}],
    ['a tied head', { tie_word_embeddings: true, d_model: 11 }],
    ['no gate, sizes that divide', { d_model: 16, d_kv: 8, d_ff: 32, feed_forward_proj: 'relu' }],
  ])('compute what the same numbers in float32 do: %s', async (_what, overrides) => {
    const [whole, half] = [await load('f32', overrides), await load('f16', overrides)];
    expect(await collected(half.tensors())).toEqual(await collected(whole.tensors()));
    const search = { maxNewTokens: 6, beams: 1 };
    const results = [];
    for (const model of [whole, half]) {
      const { encoderOutput, logits } = await forward(model, batch);
      const adapter = await model.adapters.create('a', settings, 3);
      await model.adapters.attach(adapter);
      const own = await lossAndGradients(model, batch, adapter);
      const answers = await generate(
        model,
        [
          [5, 6, 1],
          [9, 1],
        ],
        search,
      );
      results.push({ encoderOutput, logits, ...own, answers });
    }
    const [expected, found] = [results[0]!, results[1]!];
    expectClose(found.encoderOutput, expected.encoderOutput, 1e-5);
    expectClose(found.logits, expected.logits, 1e-5);
    expect(found.loss).toBeCloseTo(expected.loss, 5);
    for (const [name, gradient] of found.gradients)
      expectClose(gradient, expected.gradients.get(name)!, 1e-5);
    expect(found.answers).toEqual(expected.answers);
    await Promise.all([whole, half].map((model) => model.dispose()));
  });

  it('take half the memory, while they load too', async () => {
    const config = parseT5Config({ ...microConfig, d_model: 64, d_ff: 128, d_kv: 16, vocab_size: 512 });
    const tensors = microTensors(config);
    const before = executor.memory().bytes;
    const loaded = async (precision: 'f32' | 'f16') => {
      let most = 0;
      const watched = (function* () {
        for (const tensor of tensors) {
          most = Math.max(most, executor.memory().bytes - before);
          yield tensor;
        }
      })();
      const model = await T5Model.load(config, watched, executor, precision);
      const bytes = executor.memory().bytes - before;
      await model.dispose();
      return { bytes, most };
    };
    const [whole, half] = [await loaded('f32'), await loaded('f16')];
    expect(half.bytes / whole.bytes).toBeLessThan(0.53);
    expect(half.most).toBeLessThanOrEqual(half.bytes);
  });

  it('train an adapter as the same numbers in float32 do, and stay as they are', async () => {
    const optimizer = { ...adamw, schedule: { name: 'constant', warmupSteps: 0 } } as const;
    const runs = [];
    for (const precision of ['f32', 'f16'] as const) {
      const model = await load(precision);
      const before = await collected(model.tensors());
      const adapter = await model.adapters.create('a', { ...settings, dropout: 0.2 }, 3);
      await model.adapters.attach(adapter);
      const trainer = new Trainer(model, { optimizer, totalSteps: 6, dropout: 0.1, seed: 1, adapter });
      const losses: number[] = [];
      for (let step = 0; step < 6; step++) losses.push(await trainer.step(batch).value());
      await trainer.dispose();
      expect(await collected(model.tensors())).toEqual(before);
      await model.adapters.merge(adapter);
      expect(await collected(model.tensors())).not.toEqual(before);
      await model.adapters.unmerge(adapter);
      expect(await collected(model.tensors())).toEqual(before);
      runs.push(losses);
      await model.dispose();
    }
    expectClose(runs[1]!, runs[0]!, 1e-5);
  });

  it('refuse to be trained, and numbers that they cannot hold', async () => {
    const model = await load('f16');
    const how = { optimizer: adamw, totalSteps: 1, dropout: 0, seed: 1 };
    expect(() => new Trainer(model, how)).toThrow(/half precision.* train an adapter/);
    await model.dispose();
    const config = parseT5Config(microConfig);
    const tensors = microTensors(config);
    tensors[3]!.data[2] = 70_000;
    await expect(T5Model.load(config, tensors, executor, 'f16')).rejects.toThrow(
      `${tensors[3]!.name}: 70000 at 2 is beyond what half precision holds`,
    );
  });
});

it('lie at places where views may start, twice as many to a buffer', () => {
  const config = parseT5Config({ ...microConfig, d_model: 15 });
  const { groups, halves = [], arenas } = layOut(config, 4096, 'f16');
  for (const { key, arena, offset } of groups.values()) {
    expect(halves[arena], key).toBe(!/norm$|bias$/.test(key));
    expect(offset % (halves[arena] ? 128 : 64), key).toBe(0);
  }
  for (const [i, numbers] of arenas.entries()) expect(numbers).toBeLessThanOrEqual(halves[i] ? 8192 : 4096);
  expect(layOut(config).halves).toBeUndefined();
});
