/**
 * How step time and memory grow with batch, length, width and depth of pocket: exponents, the slopes of log cost over
 * log size. Beside each stands that of the step's arithmetic, or, of memory, that of the weights.
 */
import type { T5Config } from '../../src/engine/types';
import { leastOf, type Bench, type Sample } from '../harness/context';
import { stepFlops } from '../harness/flops';
import { freshWeights, fullBatch, pocket, type Shape } from '../harness/geometry';
import { interleave, stepSide } from '../harness/interleave';
import { ours } from '../harness/ours';
import { logLogSlope } from '../harness/rows.mjs';

const shape: Shape = { B: 8, S: 48, T: 16 };

type Case = { size: number; config: T5Config; shape: Shape };

const sweeps: Record<string, Case[]> = {
  batch: [4, 8, 16, 32].map((B) => ({ size: B, config: pocket, shape: { ...shape, B } })),
  length: [1, 2, 4].map((k) => ({ size: k, config: pocket, shape: { B: 8, S: 48 * k, T: 16 * k } })),
  width: [64, 128, 256].map((dModel) => ({
    size: dModel,
    config: { ...pocket, dModel, numHeads: dModel / 32, dFf: 3 * dModel },
    shape,
  })),
  depth: [1, 2, 4].map((k) => ({
    size: k,
    config: { ...pocket, numLayers: 4 * k, numDecoderLayers: 2 * k },
    shape,
  })),
};

export const scaling: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `scaling: growth of step time and memory on ${backend}`,
    async run({ rounds, say }) {
      const place = { backend, threads: 1 };
      const samples: Sample[] = [];
      for (const [name, cases] of Object.entries(sweeps)) {
        const open = ({ config }: Case) =>
          ours.open({
            config,
            weights: [...freshWeights(config)],
            dropout: 0.1,
            learningRate: 1e-3,
            ...place,
          });
        const bytes: (readonly [number, number])[] = [];
        for (const one of cases) {
          // Alone on the device: models share scratch.
          const model = await open(one);
          model.step(fullBatch(one.config, one.shape));
          await model.finish();
          bytes.push([one.size, model.executor.memory().bytes]);
          await model.dispose();
        }
        say(`  ${name}: ${bytes.map(([size, n]) => `${size}: ${(n / 2 ** 20).toFixed(0)} MiB`).join(', ')}`);
        const sides = [];
        const models = [];
        for (const one of cases) {
          const model = await open(one);
          const batch = fullBatch(one.config, one.shape);
          sides.push(await stepSide(`${name} ${one.size}`, model, batch, leastOf(backend) / 2));
          models.push(model);
        }
        const figures = await interleave(sides, rounds, say);
        for (const model of models) await model.dispose();
        const slopeOf = (round: number): number =>
          logLogSlope(cases.map(({ size }, i) => [size, figures[i]![round]!] as const));
        const flops = cases.map((c) => [c.size, stepFlops(c.config, c.shape)] as const);
        const linear = { ...place, unit: 'exponent' };
        samples.push(
          {
            head: { ...linear, bench: `scaling/${name}/time`, peerName: 'arithmetic' },
            ours: figures[0]!.map((_, round) => slopeOf(round)),
            peer: [logLogSlope(flops)],
          },
          {
            head: { ...linear, bench: `scaling/${name}/memory`, peerName: 'linear' },
            ours: [logLogSlope(bytes)],
            peer: [1],
          },
        );
      }
      return samples;
    },
  }));
