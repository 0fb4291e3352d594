import { expect, it } from 'vitest';
import { describeBackends } from '../../../tests/engine/backends';
import { forward } from '../inspect';
import { rowLosses } from '../losses';
import { expectClose, microConfig, microModel, microTensors, stream } from '../testing';
import { collate } from '../text/batches';
import { deviceMemory } from '../device';
import type { NamedTensor } from '../types';
import { parseT5Config } from './config';
import { T5Model } from './model';

const untied = parseT5Config(microConfig);
const tied = parseT5Config({ ...microConfig, tie_word_embeddings: true });

const load = (config: typeof untied, tensors: NamedTensor[]) => T5Model.load(config, stream(tensors));
const renamed = (tensors: NamedTensor[], from: string, to: string) =>
  tensors.map((t) => (t.name === from ? { ...t, name: to } : t));

describeBackends('T5Model', () => {
  it('keeps its tensors as they were, in order, whatever order they come in', async () => {
    const tensors = microTensors(untied);
    const model = await load(untied, [...tensors].reverse());
    const kept: NamedTensor[] = [];
    for await (const tensor of model.tensors()) kept.push(tensor);
    expect(kept).toEqual(tensors);
    expect(model.parameterCount).toBe(tensors.reduce((sum, { data }) => sum + data.length, 0));
    await model.dispose();
    const after = deviceMemory();
    const again = await load(untied, tensors);
    expect(deviceMemory().bytes).toBeGreaterThan(after.bytes);
    await again.dispose();
    expect(deviceMemory()).toEqual(after);
  });

  it('knows the shared embedding under its other names, once or several times', async () => {
    const tensors = microTensors(tied);
    for (const alias of ['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']) {
      const model = await load(tied, [...renamed(tensors, 'shared.weight', alias), tensors[0]!]);
      expect(model.parameters.names[0]).toBe('shared.weight');
      await model.dispose();
    }
  });

  it('takes the size of the vocabulary from the tensor', async () => {
    const larger = microTensors({ ...untied, vocabSize: 31 });
    const model = await load(untied, larger);
    expect(model.config.vocabSize).toBe(31);
    await model.dispose();
  });

  it('has a head of its own where one is stored that is no copy of the embedding', async () => {
    const tensors = microTensors(tied);
    const copy = { ...tensors[0]!, name: 'lm_head.weight' };
    const same = await load(tied, [copy, ...tensors]);
    expect(same.config.tieWordEmbeddings).toBe(true);
    expect(same.parameters.has('lm_head.weight')).toBe(false);
    const other = await load(tied, [{ ...copy, data: copy.data.map((v) => v + 1) }, ...tensors]);
    expect(other.config).toMatchObject({ tieWordEmbeddings: false, scaleDecoderOutputs: true });
    const kept = await load(untied, [copy, ...tensors]);
    expect(kept.parameters.has('lm_head.weight')).toBe(true);
    const without = await load(untied, tensors);
    expect(without.config).toMatchObject({ tieWordEmbeddings: true, scaleDecoderOutputs: false });
    await Promise.all([same, other, kept, without].map((model) => model.dispose()));
  });

  it('names the tensor that is missing, unknown or of another shape, and lets go of the rest', async () => {
    const start = deviceMemory().buffers;
    const tensors = microTensors(untied);
    const [q, wo] = ['encoder.block.0.layer.0.SelfAttention.q.weight', 'decoder.final_layer_norm.weight'];
    await expect(
      load(
        untied,
        tensors.filter(({ name }) => name !== wo),
      ),
    ).rejects.toThrow(wo);
    await expect(load(untied, renamed(tensors, q, 'encoder.layers.0.q'))).rejects.toThrow(
      'encoder.layers.0.q',
    );
    const flat = tensors.map((t) => (t.name === q ? { ...t, shape: [t.data.length] } : t));
    await expect(load(untied, flat)).rejects.toThrow(/q\.weight is \[180\] where .* \[15, 12\]/);
    const ignored = {
      name: 'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight',
      shape: [1],
      data: Float32Array.of(1),
    };
    await (await load(untied, [ignored, ...tensors])).dispose();
    expect(deviceMemory().buffers).toBe(start);
  });

  it('computes the same for a row whatever it is padded to and whatever stands beside it', async () => {
    const model = await microModel({ feed_forward_proj: 'relu', tie_word_embeddings: true });
    const example = { source: [5, 6, 7, 8, 9, 1], target: [10, 11, 1] };
    const other = { source: [3, 1], target: [4, 4, 4, 4, 1] };
    const alone = await rowLosses(model, collate([example], { source: 6, target: 3 }));
    const padded = await rowLosses(model, collate([other, example, { source: [], target: [] }]));
    expectClose([padded.nats[1]!], alone.nats);
    expect([...padded.tokens]).toEqual([5, 3, 0]);
    expect(padded.nats[2]).toBe(0);
    await model.dispose();
  });

  it('is finite over a row of padding alone', async () => {
    const model = await microModel();
    const batch = collate([{ source: [], target: [] }], { source: 3, target: 2 });
    const { encoderOutput, logits } = await forward(model, batch);
    expect([...encoderOutput, ...logits].every(Number.isFinite)).toBe(true);
    // Uniform attention over equal tokens: every place comes out the same.
    expectClose(encoderOutput.subarray(12, 24), encoderOutput.subarray(0, 12));
    await model.dispose();
  });
});
