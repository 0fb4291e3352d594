/** The geometry of FLAN-T5-small with random weights: the largest model that many a machine will train. */
import type { Bench, Context, Place, Sample } from '../harness/context';
import { stepFlops } from '../harness/flops';
import { Trainer } from '../../src/engine/trainer';
import { fullBatch, geometries } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { ourProducts, speeds } from '../harness/matmulLimit';
import { ours, type OurModel } from '../harness/ours';
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

/** As PEFT attaches it to a T5 by default. */
const lora = { rank: 8, alpha: 16, dropout: 0.1, targets: ['q', 'v'] };

async function loraStep(
  model: OurModel,
  place: Place,
  context: Pick<Context, 'rounds' | 'say'>,
): Promise<Sample[]> {
  const batch = fullBatch(config, shape);
  await model.trainer.dispose();
  const adapter = await model.model.adapters.create('bench', lora, 1);
  await model.model.adapters.attach(adapter);
  const trainer = new Trainer(model.model, { ...model.settings, adapter });
  const step: Side = {
    name: 'LoRA',
    async measure() {
      const start = performance.now();
      trainer.step(batch).discard();
      await model.finish();
      return performance.now() - start;
    },
  };
  const first = await step.measure();
  const bytes = model.executor.memory().bytes;
  context.say(`  first LoRA step ${first.toFixed(0)} ms, ${(bytes / 2 ** 20).toFixed(0)} MiB on the device`);
  const [own = []] = await interleave([step], Math.min(context.rounds, mostRounds), context.say);
  await trainer.dispose();
  const head = { bench: 'flan-small/lora', unit: 'ms', peerName: 'none', ...place };
  const memory = { ...head, bench: 'flan-small/lora-memory', unit: 'MiB' };
  return [
    { head, ours: own, peer: null },
    { head: memory, ours: [bytes / 2 ** 20], peer: null },
  ];
}

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
  samples.push(...(await loraStep(model, place, { rounds, say })));
  return samples;
}

export const flanSmall: Bench = ({ backends }) =>
  places
    .filter(({ backend }) => backends.includes(backend))
    .map((place) => ({
      label: `flan-small: a step on ${place.backend}, ${place.threads} thread(s)`,
      run: (context) => measure(place, context),
    }));
