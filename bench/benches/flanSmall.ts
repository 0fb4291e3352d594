/** The geometry of FLAN-T5-small with random weights: the largest model that many a machine will train. */
import type { Bench, Context, Place, Sample } from '../harness/context';
import { stepFlops } from '../harness/flops';
import { fullBatch, geometries } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { ourProducts, speeds } from '../harness/matmulLimit';
import { ours } from '../harness/ours';
import { torchCpu } from '../peers/torchCpu';
import { specOf } from './trainStep';

const { config, shape } = geometries['flan-small'];

/** At most this many rounds: a step takes seconds, and on a software adapter a minute. */
const mostRounds = 3;

const places: Place[] = [
  { backend: 'wasm', threads: 1 },
  { backend: 'wasm', threads: 2 },
  { backend: 'webgpu', threads: 1 },
];

async function measure(place: Place, { rounds, say }: Context): Promise<Sample[]> {
  const spec = specOf('flan-small', place);
  const batch = fullBatch(config, shape);
  const model = await ours.open(spec);
  const step: Side = {
    name: 'ours',
    async measure() {
      const start = performance.now();
      model.step(batch);
      await model.finish();
      return performance.now() - start;
    },
  };
  const first = await step.measure();
  const bytes = model.executor.memory().bytes;
  say(`  first step ${first.toFixed(0)} ms, ${(bytes / 2 ** 20).toFixed(0)} MiB on the device`);
  const limit: Side = {
    name: 'matmul-limit',
    async measure() {
      const products = await ourProducts(model.executor, [[512, 512, 512]]);
      const fastest = Math.max(...(await speeds(products, 300)).values());
      for (const product of products.all) product.dispose();
      return stepFlops(config, shape) / fastest / 1e6;
    },
  };
  const sides = [step, limit];
  if (place.threads === 2 && window.torch) {
    const torch = await torchCpu.open(spec);
    sides.push({ name: 'torch-cpu', measure: () => torch.time(batch, 1) });
  }
  const [own = [], limits = [], torch] = await interleave(sides, Math.min(rounds, mostRounds), say);
  const head = { bench: 'flan-small/full', unit: 'ms', ...place };
  const weights = 16 * model.model.parameterCount;
  const samples: Sample[] = [
    { head: { ...head, peerName: 'matmul-limit' }, ours: own, peer: limits },
    {
      head: { ...head, bench: 'flan-small/memory', unit: 'MiB', peerName: 'weights, gradients and moments' },
      ours: [bytes / 2 ** 20],
      peer: [weights / 2 ** 20],
    },
  ];
  if (torch) samples.push({ head: { ...head, peerName: 'torch-cpu' }, ours: own, peer: torch });
  await model.dispose();
  return samples;
}

export const flanSmall: Bench = ({ backends }) =>
  places
    .filter(({ backend }) => backends.includes(backend))
    .map((place) => ({
      label: `flan-small: a step on ${place.backend}, ${place.threads} thread(s)`,
      run: (context) => measure(place, context),
    }));
