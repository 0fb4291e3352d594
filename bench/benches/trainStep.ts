/** A training step: forward, backward, clipping, Adam, with dropout. */
import type { PeerModelSpec } from '../peers/peer';
import type { Batch } from '../../src/engine/types';
import { peers } from '../peers';
import type { TorchModel } from '../peers/torchCpu';
import { leastOf, wants, type Bench, type Context, type Row } from '../harness/context';
import { holdToFixtures } from '../harness/fixture';
import { freshWeights, fullBatch, geometries, type Geometry } from '../harness/geometry';
import { interleave, stepSide, type Side } from '../harness/interleave';
import { ours } from '../harness/ours';
import { makeRow } from '../harness/rows.mjs';

export function specOf(geometry: Geometry, on: Pick<PeerModelSpec, 'backend' | 'threads'>): PeerModelSpec {
  const { config } = geometries[geometry];
  return { config, weights: [...freshWeights(config)], ...on, dropout: 0.1, learningRate: 1e-3 };
}

/** By a clock of its own: asking PyTorch for a step takes time that is not the step's. */
async function clockedSide(torch: TorchModel, batch: Batch, least: number): Promise<Side> {
  await torch.time(batch, 2);
  const steps = Math.max(1, Math.round(least / (await torch.time(batch, 1))));
  return { name: 'torch-cpu', measure: () => torch.time(batch, steps) };
}

async function against(
  name: string,
  geometry: Geometry,
  on: Pick<PeerModelSpec, 'backend' | 'threads'>,
  context: Context,
): Promise<Row> {
  const peer = await peers[name]!.load();
  context.say(`train-step/${geometry}: ours and ${name} on ${on.backend}, ${on.threads} thread(s)`);
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
  const head = {
    bench: `train-step/${geometry}`,
    browser: context.browser,
    peerName: name,
    unit: 'ms',
    ...on,
  };
  return makeRow(head, own, theirFigures);
}

/** The step against every peer that this browser can run. */
export const trainStep =
  (geometry: Geometry): Bench =>
  async (context) => {
    const rows: Row[] = [];
    for (const [name, { on, browsers }] of Object.entries(peers)) {
      if (!wants(context, name) || !browsers.includes(context.browser)) continue;
      if (name === 'torch-cpu' && !window.torch) {
        context.say(`train-step/${geometry}: no row for torch-cpu, since this Python has no PyTorch`);
        continue;
      }
      for (const place of on)
        if (context.backends.includes(place.backend))
          rows.push(await against(name, geometry, place, context));
    }
    return rows;
  };
