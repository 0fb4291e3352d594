/** Activation checkpointing: the same numbers from less memory. */
import { describe, expect, it } from 'vitest';
import { planScratch } from '../program/plan';
import { lifetimes, whole } from '../program/program';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { scalars as slots } from '../program/scalars';
import { adamw, microConfig, microTensors } from '../testing';
import { collate } from '../text/batches';
import { Trainer } from '../trainer';
import { placeScratch } from '../webgpu/placement';
import { parseT5Config } from './config';
import { ArenaSet, layOut } from './layout';
import { T5Model } from './model';
import { gradientProgram } from './trainingStep';

const batch = collate([
  { source: [5, 6, 7, 1], target: [8, 9, 1] },
  { source: [10, 1], target: [11, 1] },
]);

async function train(checkpoint: boolean, trains?: (name: string) => boolean): Promise<Float32Array[]> {
  const config = parseT5Config({ ...microConfig, num_layers: 3 });
  const model = await T5Model.load(config, microTensors(config), new ReferenceExecutor());
  const schedule = { name: 'constant', warmupSteps: 0 } as const;
  const settings = { optimizer: { ...adamw, schedule }, totalSteps: 4, dropout: 0.2, seed: 5 };
  const trainer = new Trainer(model, { ...settings, checkpoint, ...(trains && { trains }) });
  const losses = [];
  for (let i = 0; i < 2; i++) losses.push(await trainer.step(batch).value());
  const all: Float32Array[] = [Float32Array.from(losses)];
  for await (const { data } of model.tensors()) all.push(data);
  return all;
}

describe('activation checkpointing', () => {
  it('changes no byte, whatever is trained', async () => {
    expect(await train(true)).toEqual(await train(false));
    const last = (name: string): boolean => name.startsWith('encoder.block.2.');
    expect(await train(true, last)).toEqual(await train(false, last));
  });

  it('needs a fraction of the memory on both devices, for one more pass through the layers', () => {
    const config = parseT5Config({
      ...{
        vocab_size: 8192,
        d_model: 128,
        d_kv: 32,
        d_ff: 384,
        num_layers: 6,
        num_decoder_layers: 6,
        num_heads: 4,
      },
      feed_forward_proj: 'gated-gelu',
      tie_word_embeddings: true,
    });
    const layout = layOut(config);
    const scalars = whole({ name: 'scalars', kind: 'arena', dtype: 'f32', length: slots.length });
    const arenas = { weights: new ArenaSet(layout, 'w'), gradients: new ArenaSet(layout, 'g'), scalars };
    const shape = { B: 32, S: 256, T: 16 };
    const [plain, sparing] = [false, true].map(
      (checkpoint) => gradientProgram(config, shape, { ...arenas, dropout: 0.1, checkpoint }).program,
    );
    const inOneBlock = [plain!, sparing!].map((program) => planScratch(program).length * 4);
    const inBuffers = [plain!, sparing!].map(
      (program) => placeScratch(lifetimes(program)).slots.reduce((sum, length) => sum + length, 0) * 4,
    );
    expect(inOneBlock[1]! / inOneBlock[0]!).toBeLessThan(0.4);
    expect(inBuffers[1]! / inBuffers[0]!).toBeLessThan(0.4);
    expect(sparing!.instructions.length).toBeLessThan(1.4 * plain!.instructions.length);
  });
});
