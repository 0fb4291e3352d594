import { beforeAll, describe, expect, it } from 'vitest';
import type { Executor } from '../program/executor';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { layOut } from '../t5/layout';
import { T5Model } from '../t5/model';
import { Trainer, type TrainerSettings } from '../trainer';
import type { Batch, NamedTensor, T5Config } from '../types';
import { WebGpuExecutor } from './executor';
import { noise, openGpu } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

/** Nothing in it is a multiple of four but the heads' columns. */
const odd: T5Config = {
  vocabSize: 71,
  dModel: 26,
  dKv: 20,
  dFf: 51,
  numLayers: 1,
  numDecoderLayers: 1,
  numHeads: 3,
  relativeAttentionNumBuckets: 8,
  relativeAttentionMaxDistance: 16,
  dropoutRate: 0.1,
  layerNormEpsilon: 1e-6,
  feedForward: 'gated-gelu',
  tieWordEmbeddings: true,
  scaleDecoderOutputs: true,
  padTokenId: 0,
  eosTokenId: 1,
  decoderStartTokenId: 0,
};
const even: T5Config = { ...odd, dModel: 32, dKv: 8, dFf: 64, vocabSize: 64, feedForward: 'relu', tieWordEmbeddings: false }; // prettier-ignore

function* weights(config: T5Config): Generator<NamedTensor> {
  let seed = 1;
  for (const { name, shape } of layOut(config).tensors) {
    const data = noise(
      shape.reduce((a, b) => a * b, 1),
      seed++,
    );
    yield { name, shape, data: data.map((x) => (name.includes('norm') ? 1 + x / 10 : x / 2)) };
  }
}

function batch(config: T5Config): Batch {
  const [rows, sourceLength, targetLength] = [3, 9, 5];
  const ids = (n: number): Int32Array =>
    Int32Array.from({ length: n }, (_, i) => 1 + ((i * 29) % (config.vocabSize - 1)));
  const source = ids(rows * sourceLength);
  const sourceMask = new Float32Array(source.length).fill(1);
  source.fill(0, 2 * sourceLength + 4);
  sourceMask.fill(0, 2 * sourceLength + 4);
  const labels = ids(rows * targetLength);
  labels.fill(-100, 2 * targetLength + 2);
  return { rows, sourceLength, targetLength, source, sourceMask, labels };
}

/** Losses of three steps, and all weights after them. */
async function train(
  executor: Executor,
  config: T5Config,
  optimizer: TrainerSettings['optimizer'],
): Promise<{ losses: number[]; weights: Map<string, Float32Array> }> {
  const model = await T5Model.load(config, weights(config), executor);
  const trainer = new Trainer(model, { optimizer, totalSteps: 10, dropout: 0.1, seed: 5 });
  const readings = [1, 2, 3].map(() => trainer.step(batch(config)));
  const losses = await Promise.all(readings.map((reading) => reading.value()));
  const after = new Map<string, Float32Array>();
  for await (const { name, data } of model.tensors()) after.set(name, data);
  await trainer.dispose();
  await model.dispose();
  return { losses, weights: after };
}

const schedule = { name: 'constant', warmupSteps: 0 } as const;
const common = { learningRate: 1e-2, clipNorm: 1, weightDecay: 0.01, schedule } as const;
const adamw = { name: 'adamw', ...common, beta1: 0.9, beta2: 0.999 } as const;
// Adam's first steps have the size of the learning rate even where a gradient is all rounding; a larger epsilon
// lets the weights tell of the gradients.
const settings = [
  { config: odd, name: 'odd sizes, AdamW', optimizer: { ...adamw, epsilon: 1e-2 } },
  { config: even, name: 'even sizes, AdamW', optimizer: { ...adamw, epsilon: 1e-2 } },
  {
    config: odd,
    name: 'odd sizes, Adafactor',
    optimizer: { name: 'adafactor', ...common, decayRate: -0.8, clipThreshold: 1 },
  },
] as const;

describe.each([true, false])('training with software=%s', (software) => {
  it.each(settings)(
    'follows the reference and repeats itself to the bit: $name',
    async ({ config, optimizer }) => {
      const executor = new WebGpuExecutor(device, { software });
      const expected = await train(new ReferenceExecutor(), config, optimizer);
      const got = await train(executor, config, optimizer);
      got.losses.forEach((loss, i) => {
        expect(Math.abs(loss / expected.losses[i]! - 1)).toBeLessThan(1e-5);
      });
      for (const [name, data] of got.weights) {
        const reference = expected.weights.get(name)!;
        const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - reference[i]!)), 0);
        expect(worst, name).toBeLessThan(1e-4);
      }
      const again = await train(executor, config, optimizer);
      expect(again).toEqual(got);
      executor.dispose();
      expect(executor.memory().bytes).toBe(0);
    },
  );
});
