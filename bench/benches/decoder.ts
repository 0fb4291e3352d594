/** Decoder-only engines, which train another model: measured by what they achieve of its arithmetic. */
import { leastOf, wants, type Bench } from '../harness/context';
import { stepFlops } from '../harness/flops';
import { fullBatch, geometries } from '../harness/geometry';
import { interleave, stepSide } from '../harness/interleave';
import { ours } from '../harness/ours';
import { decoderPeers } from '../peers';
import { specOf } from './trainStep';

/** As many layers, tokens and entries of the vocabulary as pocket; its plain feed-forward is as large as a gated. */
const decoder = {
  vocabSize: 8192,
  dModel: 128,
  numHeads: 4,
  dFf: 512,
  layers: 6,
  rows: 8,
  length: 64,
  dropout: 0.1,
  learningRate: 1e-3,
};

/** Milliseconds for 10⁹ multiplications and additions of matmuls, of either model. */
export const decoders: Bench = (context) =>
  context.backends.includes('webgpu') && context.browser === 'chromium'
    ? Object.entries(decoderPeers)
        .filter(([name]) => wants(context, name))
        .map(([name, load]) => ({
          label: `train-step/pocket: ours and ${name}, a decoder, on webgpu`,
          async run({ rounds, say }) {
            const place = { backend: 'webgpu', threads: 1 } as const;
            const { config, shape } = geometries.pocket;
            const peer = await load();
            const model = await ours.open(specOf('pocket', place));
            const other = await peer.open({ ...decoder, backend: 'webgpu' });
            say(
              `  ${name}: ${other.parameterCount} parameters, ${(other.flops / 1e9).toFixed(2)} GFLOP a step`,
            );
            const { vocabSize, rows, length } = decoder;
            const ids = Int32Array.from(
              { length: rows * length },
              (_, i) => 2 + ((i * 613) % (vocabSize - 2)),
            );
            const least = leastOf('webgpu');
            const sides = [
              await stepSide('ours', model, fullBatch(config, shape), least),
              await stepSide(name, other, ids, least),
            ];
            const [own = [], theirs = []] = await interleave(sides, rounds, say);
            const perGflop = (figures: number[], flops: number): number[] =>
              figures.map((ms) => (ms * 1e9) / flops);
            const head = { bench: 'train-step/pocket', peerName: name, unit: 'ms/GFLOP', ...place };
            return [
              {
                head,
                ours: perGflop(own, stepFlops(config, shape)),
                peer: perGflop(theirs, other.flops),
              },
            ];
          },
        }))
    : [];
