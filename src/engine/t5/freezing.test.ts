import { describe, expect, it } from 'vitest';
import { Parameters } from '../parameters';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { adafactor, adamw, microConfig, microTensors, stream } from '../testing';
import { collate } from '../text/batches';
import { Trainer } from '../trainer';
import { parseT5Config } from './config';
import { partOf } from './layout';
import { T5Model } from './model';

const batch = collate(
  [
    { source: [5, 6, 7, 1], target: [8, 9, 1] },
    { source: [10, 1], target: [11, 1] },
  ],
  { source: 4, target: 3 },
);

async function load(overrides: Record<string, unknown> = {}): Promise<T5Model> {
  const config = parseT5Config({ ...microConfig, num_layers: 2, ...overrides });
  return T5Model.load(config, stream(microTensors(config)), new ReferenceExecutor());
}

/** Gradients of the trained weights, and how many instructions they take. */
async function gradientsOf(model: T5Model, trains: (name: string) => boolean, dropout = 0.1) {
  const { layout } = partOf(model.parameters.layout, trains);
  const set = new Parameters(model.executor, layout, 'gradients');
  const step = await model.loadStep({ B: 2, S: 4, T: 3 }, { gradients: set, dropout });
  model.setScalar(1, 0.2);
  model.writeScalars();
  model.runStep(step, batch);
  const gradients = new Map<string, Float32Array>();
  for await (const { name, data } of set.tensors()) gradients.set(name, data);
  return { gradients, instructions: step.program.instructions.length };
}

const all = () => true;
const cases: [what: string, trains: (name: string) => boolean][] = [
  ['the decoder', (name) => name.startsWith('decoder.')],
  ['the encoder', (name) => name.startsWith('encoder.')],
  ['all but the embedding', (name) => name !== 'shared.weight'],
  ['the embedding', (name) => name === 'shared.weight'],
  ['the last encoder layer', (name) => name.startsWith('encoder.block.1.')],
  ['norms', (name) => name.includes('layer_norm')],
  ['one feed-forward projection', (name) => name.startsWith('decoder.block.1.layer.2.DenseReluDense.wo')],
  ['the bias of positions', (name) => name.includes('encoder.block.0.layer.0.SelfAttention.relative')],
  ['cross-attention', (name) => name.includes('EncDecAttention')],
  ['outputs of attention', (name) => name.includes('Attention.o.')],
];

describe('frozen weights', () => {
  it.each(cases)('leave the gradients of the rest as they are: %s', async (_what, trains) => {
    const model = await load();
    const whole = await gradientsOf(model, all);
    const part = await gradientsOf(model, trains);
    const names = model.parameters.names.filter(trains);
    expect([...part.gradients.keys()].sort()).toEqual(names.sort());
    for (const [name, data] of part.gradients) expect(data, name).toEqual(whole.gradients.get(name));
    expect(part.instructions).toBeLessThan(whole.instructions);
  });

  it('end the backward pass at the lowest trained layer', async () => {
    const model = await load();
    const count = async (layer: string) =>
      (await gradientsOf(model, (name) => name.startsWith(layer), 0)).instructions;
    const forward = (await model.loadStep({ B: 2, S: 4, T: 3 })).program.instructions.length;
    const top = await count('decoder.final_layer_norm');
    expect(top).toBe(forward + 3);
    const [second, first] = [await count('decoder.block.1.'), await count('decoder.block.0.')];
    expect(second).toBeGreaterThan(top);
    expect(first).toBeGreaterThan(second);
    expect(await count('encoder.block.0.')).toBeGreaterThan(await count('encoder.block.1.'));
  });

  it('of a head of its own need no backward pass at all', async () => {
    const model = await load();
    const { gradients, instructions } = await gradientsOf(model, (name) => name === 'lm_head.weight', 0);
    const forward = (await model.loadStep({ B: 2, S: 4, T: 3 })).program.instructions.length;
    expect(instructions).toBe(forward + 1);
    expect(gradients.get('lm_head.weight')).toEqual(
      (await gradientsOf(model, all, 0)).gradients.get('lm_head.weight'),
    );
  });

  it.each([adamw, adafactor])('stay as they are while $name trains the rest', async (optimizer) => {
    const model = await load({ tie_word_embeddings: true });
    const before = new Map<string, Float32Array>();
    for await (const { name, data } of model.tensors()) before.set(name, data);
    const trains = (name: string) => /block\.1\.|final/.test(name);
    const constant = { name: 'constant', warmupSteps: 0 } as const;
    const settings = { optimizer: { ...optimizer, schedule: constant }, totalSteps: 2, dropout: 0, seed: 1 };
    const trainer = new Trainer(model, { ...settings, trains });
    for (let step = 0; step < 2; step++) await trainer.step(batch).value();
    for await (const { name, data } of model.tensors())
      expect(
        data.some((x, i) => x !== before.get(name)![i]),
        name,
      ).toBe(trains(name));
    const state: string[] = [];
    for await (const { name } of trainer.state()) state.push(name);
    expect(state.some((name) => name.includes('shared'))).toBe(false);
  });

  it('must be frozen with the tensors that lie beside them', async () => {
    const model = await load();
    expect(() => partOf(model.parameters.layout, (name) => name.endsWith('.q.weight'))).toThrow(
      /SelfAttention\.q\.weight and .*SelfAttention\.k\.weight lie side by side/,
    );
    expect(() => partOf(model.parameters.layout, () => false)).toThrow(/no weight/);
  });
});
