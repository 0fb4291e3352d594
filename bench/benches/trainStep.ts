/** A training step: forward, backward, clipping, Adam, with dropout. */
import type { PeerModelSpec } from '../peers/peer';
import type { Batch } from '../../src/engine/types';
import { peers } from '../peers';
import type { TorchModel } from '../peers/torchCpu';
import { leastOf, wants, type Bench, type Context, type Place, type Sample } from '../harness/context';
import { holdToFixtures } from '../harness/fixture';
import { freshWeights, fullBatch, geometries, type Geometry } from '../harness/geometry';
import { interleave, stepSide, type Side } from '../harness/interleave';
import { ours } from '../harness/ours';

export function specOf(geometry: Geometry, on: Place): PeerModelSpec {
  const { config } = geometries[geometry];
  return { config, weights: [...freshWeights(config)], ...on, dropout: 0.1, learningRate: 1e-3 };
}

/** By a clock of its own: asking PyTorch for a step takes time that is not the step's. */
async function clockedSide(torch: TorchModel, batch: Batch, least: number): Promise<Side> {
  await torch.time(batch, 2);
  const steps = Math.max(1, Math.round(least / (await torch.time(batch, 1))));
  return { name: 'torch-cpu', measure: () => torch.time(batch, steps) };
}

async function against(name: string, geometry: Geometry, on: Place, context: Context): Promise<Sample> {
  const peer = await peers[name]!.load();
  await holdToFixtures(ours, on);
  await holdToFixtures(peer, on);
  const { config, shape } = geometries[geometry];
  const batch = fullBatch(config, shape);
  const spec = specOf(geometry, on);
  const model = await ours.open(spec);
  const other = await peer.open(spec);
  const least = leastOf(on.backend);
  const mine = await stepSide('ours', model, batch, least);
  const theirs =
    name === 'torch-cpu'
      ? await clockedSide(other as TorchModel, batch, least)
      : await stepSide(name, other, batch, least);
  const [own = [], theirFigures = []] = await interleave([mine, theirs], context.rounds, context.say);
  await model.dispose();
  await other.dispose();
  const head = { bench: `train-step/${geometry}`, peerName: name, unit: 'ms', ...on };
  return { head, ours: own, peer: theirFigures };
}

/** The step against every peer that this browser can run. */
export const trainStep =
  (geometry: Geometry): Bench =>
  (context) =>
    Object.entries(peers)
      .filter(([name, { browsers }]) => wants(context, name) && browsers.includes(context.browser))
      .flatMap(([name, { on }]) =>
        on
          .filter(({ backend }) => context.backends.includes(backend))
          .map((place) => ({
            label: `train-step/${geometry}: ours and ${name} on ${place.backend}, ${place.threads} thread(s)`,
            async run(context: Context) {
              if (name !== 'torch-cpu' || window.torch)
                return [await against(name, geometry, place, context)];
              context.say('  no row: this Python has no PyTorch');
              return [];
            },
          })),
      );
