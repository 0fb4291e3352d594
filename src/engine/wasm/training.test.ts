/** A small T5 trained for some steps on the kernels and by the operations' plain meaning. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { layOut } from '../t5/layout';
import { T5Model } from '../t5/model';
import { adafactor, adamw } from '../testing';
import { Trainer } from '../trainer';
import type { Batch, NamedTensor, OptimizerSettings, T5Config } from '../types';
import { WasmExecutor } from './executor';
import { random } from './testing/compare';
import { enableRelaxedSimd, spawnNode } from './testing/nodeThreads';

const config: T5Config = {
  vocabSize: 37,
  dModel: 20,
  dKv: 9,
  dFf: 28,
  numLayers: 2,
  numDecoderLayers: 2,
  numHeads: 3,
  relativeAttentionNumBuckets: 8,
  relativeAttentionMaxDistance: 20,
  dropoutRate: 0.1,
  layerNormEpsilon: 1e-6,
  feedForward: 'gated-gelu',
  tieWordEmbeddings: true,
  scaleDecoderOutputs: true,
  padTokenId: 0,
  eosTokenId: 1,
  decoderStartTokenId: 0,
};

function weights(): NamedTensor[] {
  const next = random(3);
  return layOut(config).tensors.map(({ name, shape }) => {
    const length = shape.reduce((a, b) => a * b, 1);
    const data = Float32Array.from({ length }, () => (name.includes('layer_norm') ? 1 : next() - 0.5));
    return { name, shape, data };
  });
}

/** Three rows of sources and targets of unequal length, the last of them empty. */
function batch(step: number): Batch {
  const next = random(100 + step);
  const [rows, sourceLength, targetLength] = [3, 11, 7];
  const id = (): number => 2 + Math.floor(next() * 35);
  const within = (i: number, length: number): boolean => i % length < length - 4 * Math.floor(i / length);
  const filled = (length: number, other: number): Int32Array =>
    Int32Array.from({ length: rows * length }, (_, i) => (within(i, length) ? id() : other));
  const source = filled(sourceLength, 0);
  const labels = filled(targetLength, -100);
  const sourceMask = Float32Array.from(source, (x) => (x > 0 ? 1 : 0));
  labels.fill(-100, 2 * targetLength);
  return { rows, sourceLength, targetLength, source, sourceMask, labels };
}

interface Trained {
  losses: number[];
  tensors: Map<string, Float32Array>;
}

async function train(executor: Executor, rule: OptimizerSettings): Promise<Trained> {
  const model = await T5Model.load(config, weights(), executor);
  const optimizer = { ...rule, learningRate: 1e-2, clipNorm: 1 };
  const trainer = new Trainer(model, { optimizer, totalSteps: 10, dropout: 0.1, seed: 11 });
  const losses = [];
  for (let step = 0; step < 3; step++) losses.push(await trainer.step(batch(step)).value());
  const tensors = new Map<string, Float32Array>();
  for await (const tensor of model.tensors()) tensors.set(tensor.name, tensor.data.slice());
  executor.dispose();
  return { losses, tensors };
}

describe.each([adamw, adafactor])('training with $name', (rule) => {
  let want: Trained;
  beforeAll(async () => {
    enableRelaxedSimd();
    want = await train(new ReferenceExecutor(), rule);
  }, 120_000);

  it.each(['simd', 'relaxed', 'simd-threads', 'relaxed-threads'] as const)(
    '%s kernels agree',
    async (variant) => {
      const threads = variant.endsWith('threads') ? 2 : 1;
      const start = (): Promise<WasmExecutor> => WasmExecutor.create({ variant, threads, spawn: spawnNode });
      const got = await train(await start(), rule);
      got.losses.forEach((loss, i) => expect(loss).toBeCloseTo(want.losses[i]!, 4));
      const before = new Map(weights().map((tensor) => [tensor.name, tensor.data]));
      for (const [tensor, values] of got.tensors) {
        const reference = want.tensors.get(tensor)!;
        const moved = Math.max(...reference.map((x, i) => Math.abs(x - before.get(tensor)![i]!)));
        // Near-zero gradients may take a whole step the other way; they are few.
        const off = values.filter((x, i) => Math.abs(x - reference[i]!) > 0.01 * moved).length;
        expect(moved, tensor).toBeGreaterThan(0);
        expect(off, tensor).toBeLessThanOrEqual(Math.ceil(values.length / 100));
      }
      const again = await train(await start(), rule);
      expect(again.losses).toEqual(got.losses);
      for (const [tensor, values] of again.tensors) expect(values, tensor).toEqual(got.tensors.get(tensor));
    },
  );
});
