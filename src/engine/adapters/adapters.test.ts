import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { forward, lossAndGradients } from '../inspect';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { generate } from '../t5/generate';
import { expectClose } from '../testing';
import type { NamedTensor } from '../types';
import { WasmExecutor } from '../wasm/executor';
import type { AdapterSettings } from './adapter';
import { batch, collected, load, settings, trained } from './testing';

/** x [rows, inner]·y [inner, columns]. */
function product(
  x: Float32Array,
  y: Float32Array,
  rows: number,
  inner: number,
  columns: number,
): Float32Array {
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [r, c] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += x[r * inner + k]! * y[k * columns + c]!;
    return sum;
  });
}

const turned = (x: Float32Array, rows: number, columns: number): Float32Array =>
  Float32Array.from({ length: x.length }, (_, at) => x[(at % rows) * columns + Math.floor(at / rows)]!);

const cases: [what: string, s: Partial<AdapterSettings>, model: Record<string, unknown>][] = [
  ['q and v', {}, {}],
  ['everything, rank 1', { rank: 1, targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] }, {}],
  ['everything, rank 8', { rank: 8, targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] }, { d_kv: 20 }],
  ['k and o, without a gate', { targets: ['k', 'o', 'wi'] }, { feed_forward_proj: 'relu' }],
  ['one half of a gate', { targets: ['wi_1'], rankStabilized: true }, { tie_word_embeddings: true }],
  ['cross-attention alone', { targets: ['EncDecAttention.q', 'EncDecAttention.k'] }, {}],
  ['the last projection', { targets: ['decoder.block.1.layer.2.DenseReluDense.wo'] }, {}],
];

describe.each(['reference', 'wasm'] as const)('adapters on %s', (kind) => {
  let executor: Executor;
  beforeAll(async () => {
    executor = kind === 'wasm' ? await WasmExecutor.create({ threads: 1 }) : new ReferenceExecutor();
    // The kernels may have to be compiled first.
  }, 120_000);
  afterAll(() => {
    executor.dispose();
  });

  it.each(cases)('compute what the sum of the weights would: %s', async (_what, s, overrides) => {
    const model = await load(executor, overrides);
    const plain = await forward(model, batch);
    const adapter = await trained(model, settings(s));
    await model.adapters.attach(adapter, 0.7);
    const attached = await forward(model, batch);
    const { gradients: thin } = await lossAndGradients(model, batch, adapter);
    expect(attached.logits).not.toEqual(plain.logits);
    const sums = await collected(model.adapters.mergedTensors());
    await model.adapters.merge(adapter);
    expect(model.adapters.attached).toEqual([]);
    const merged = await forward(model, batch);
    expectClose(attached.encoderOutput, merged.encoderOutput, 1e-5);
    expectClose(attached.logits, merged.logits, 1e-5);
    for (const [name, data] of await collected(model.tensors())) expect(sums.get(name), name).toEqual(data);

    // dA = scale·Bᵀ·dW and dB = scale·dW·Aᵀ, dW being the gradient of the sum.
    const { gradients: whole } = await lossAndGradients(model, batch);
    const { rank } = adapter.settings;
    const scale = adapter.scaling * 0.7;
    for (const module of adapter.modules) {
      const [a, b] = ['A', 'B'].map((which) => `${module}.lora_${which}.weight`) as [string, string];
      const [outputs = 0, inputs = 0] = model.parameters.shape(`${module}.weight`);
      const dw = whole.get(`${module}.weight`)!.map((x) => scale * x);
      const [A, B] = [await adapter.parameters.read(a), await adapter.parameters.read(b)];
      const dA = product(turned(B, outputs, rank), dw, rank, outputs, inputs);
      expectClose(thin.get(a)!, dA, 5e-5);
      expectClose(thin.get(b)!, product(dw, turned(A, rank, inputs), outputs, inputs, rank), 5e-5);
    }
    await model.dispose();
  });

  it('change nothing when new, or at scale 0; and the slider compiles nothing', async () => {
    const model = await load(executor);
    const before = await collected(model.tensors());
    const plain = await forward(model, batch);
    const answers = await generate(
      model,
      [
        [5, 6, 1],
        [9, 1],
      ],
      { maxNewTokens: 6, beams: 1 },
    );
    const fresh = await model.adapters.create(
      'new',
      settings({ targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] }),
      1,
    );
    await model.adapters.attach(fresh);
    expect(await forward(model, batch)).toEqual(plain);
    await model.adapters.remove(fresh);
    const adapter = await trained(model, settings({ targets: ['v', 'o', 'wo'] }));
    await model.adapters.attach(adapter, 0);
    expect(await forward(model, batch)).toEqual(plain);
    expect(
      await generate(
        model,
        [
          [5, 6, 1],
          [9, 1],
        ],
        { maxNewTokens: 6, beams: 1 },
      ),
    ).toEqual(answers);
    const step = await model.step({ B: 2, S: 4, T: 3 });
    const lossAt = async (factor: number): Promise<Float32Array> => {
      await model.adapters.scale(adapter, factor);
      expect(await model.step({ B: 2, S: 4, T: 3 })).toBe(step);
      model.runStep(step, batch);
      return executor.read(step.inputs.rowLoss, step.loaded);
    };
    const off = await lossAt(0);
    const on = await lossAt(1);
    expect(on).not.toEqual(off);
    expect(await lossAt(-2)).not.toEqual(on);
    expect(await lossAt(0)).toEqual(off);
    expect(await collected(model.tensors())).toEqual(before);
    await model.dispose();
  });

  it('are part of generation with and without beams', async () => {
    const model = await load(executor, { num_layers: 2 });
    const adapter = await trained(model, settings({ alpha: 30, targets: ['q', 'k', 'v', 'o', 'wi', 'wo'] }));
    const sources = [
      [5, 6, 7, 8, 1],
      [9, 1],
      [3, 4, 1],
    ];
    const search = (beams: number) => generate(model, sources, { maxNewTokens: 8, beams });
    const plain = await search(1);
    await model.adapters.attach(adapter);
    const [greedy, beams] = [await search(1), await search(3)];
    expect(greedy).not.toEqual(plain);
    await model.adapters.detach(adapter);
    expect(await search(1)).toEqual(plain);
    await model.adapters.merge(adapter);
    expect([await search(1), await search(3)]).toEqual([greedy, beams]);
    await model.dispose();
  });

  it('merge and come out again to the byte, in any order', async () => {
    const model = await load(executor);
    const before = await collected(model.tensors());
    const [one, two] = [
      await trained(model, settings(), 1),
      await trained(model, settings({ targets: ['v', 'wo'] }), 2),
    ];
    await model.adapters.merge(one, 0.3);
    await model.adapters.merge(two);
    await expect(model.adapters.attach(one)).rejects.toThrow(/merged/);
    await expect(model.adapters.remove(one)).rejects.toThrow(/unmerge/);
    const both = await collected(model.tensors());
    await model.adapters.unmerge(one);
    const second = await collected(model.tensors());
    await model.adapters.unmerge(two);
    expect(await collected(model.tensors())).toEqual(before);
    await model.adapters.merge(two);
    expect(await collected(model.tensors())).toEqual(second);
    expect(both).not.toEqual(second);
    const name = 'decoder.block.0.layer.0.SelfAttention.v.weight';
    await model.parameters.assign(
      name,
      before.get(name)!.map((x) => x + 1),
    );
    await expect(model.adapters.unmerge(two)).rejects.toThrow(/v\.weight has changed since of seed 2/);
    await model.dispose();
  });

  it('say what is wrong with them', async () => {
    const model = await load(executor);
    const create = (s: Partial<AdapterSettings>) => model.adapters.create('a', settings(s), 1);
    await expect(create({ rank: 0 })).rejects.toThrow(/rank is 0; expected a whole number/);
    await expect(create({ dropout: 1 })).rejects.toThrow(/dropout is 1/);
    await expect(create({ targets: [] })).rejects.toThrow(/no targets/);
    await expect(create({ targets: ['q', 'query'] })).rejects.toThrow(
      /no query .* it has q, k, v, o, wi_0, wi_1, wo/,
    );
    const adapter = await trained(model, settings());
    const tensors: NamedTensor[] = [];
    for await (const tensor of adapter.tensors()) tensors.push({ ...tensor, data: tensor.data.slice() });
    const again = await model.adapters.load('b', settings(), tensors);
    expect(await collected(again.tensors())).toEqual(await collected(adapter.tensors()));
    const reading = (changed: NamedTensor[], s = settings()) => model.adapters.load('c', s, changed);
    await expect(reading(tensors.slice(1))).rejects.toThrow(/lacks encoder\.block\.0.*q\.lora_A/);
    await expect(reading([...tensors, tensors[0]!])).rejects.toThrow(/stored twice/);
    await expect(reading(tensors, settings({ targets: ['q'] }))).rejects.toThrow(
      /v\.lora_A.* beside nothing/,
    );
    await expect(reading(tensors, settings({ rank: 2 }))).rejects.toThrow(
      /\[3, 12\], expected \[2, 12\] at rank 2/,
    );
    await expect(model.adapters.detach(adapter)).rejects.toThrow(/not attached/);
    await model.adapters.attach(adapter);
    await expect(model.adapters.attach(adapter)).rejects.toThrow(/attached already/);
    await expect(model.adapters.unmerge(adapter)).rejects.toThrow(/not merged/);
    await model.dispose();
  });
});
