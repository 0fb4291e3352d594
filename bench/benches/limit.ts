/** How near a pocket training step comes to its matmuls at the best speed that matmul has in the same run. */
import type { Bench, Place } from '../harness/context';
import { leastOf } from '../harness/context';
import { largestProducts, stepFlops } from '../harness/flops';
import { fullBatch, geometries } from '../harness/geometry';
import { interleave, stepSide, type Side } from '../harness/interleave';
import { ourProducts, speeds, stockProducts } from '../harness/matmulLimit';
import { ours } from '../harness/ours';
import { specOf } from './trainStep';

const places: Place[] = [
  { backend: 'webgpu', threads: 1 },
  { backend: 'wasm', threads: 1 },
  { backend: 'wasm', threads: 2 },
];

export const limit: Bench = ({ backends }) =>
  places
    .filter(({ backend }) => backends.includes(backend))
    .map((place) => ({
      label: `limit/pocket: a step and its matmuls alone on ${place.backend}, ${place.threads} thread(s)`,
      async run({ rounds, say }) {
        const { config, shape } = geometries.pocket;
        const flops = stepFlops(config, shape);
        const least = leastOf(place.backend);
        const model = await ours.open(specOf('pocket', place));
        const shapes = [[512, 512, 512] as [number, number, number], ...largestProducts(config, shape)];
        const products = [await ourProducts(model.executor, shapes), await stockProducts(place, shapes)];
        const best = new Map<string, number>();
        const matmuls: Side = {
          name: 'matmul-limit',
          async measure() {
            let fastest = 0;
            for (const set of products)
              for (const [name, speed] of await speeds(set, least / 10)) {
                fastest = Math.max(fastest, speed);
                best.set(name, Math.max(best.get(name) ?? 0, speed));
              }
            return flops / fastest / 1e6;
          },
        };
        const step = await stepSide('ours', model, fullBatch(config, shape), least);
        await matmuls.measure();
        const [own = [], peer = []] = await interleave([step, matmuls], rounds, say);
        const named = [...best].sort(([, a], [, b]) => b - a).slice(0, 4);
        say(`  a step is ${(flops / 1e9).toFixed(2)} GFLOP; the fastest products, GFLOP/s:`);
        for (const [name, speed] of named) say(`    ${name}: ${speed.toFixed(1)}`);
        return [
          {
            head: { bench: 'limit/pocket', peerName: 'matmul-limit', unit: 'ms', ...place },
            ours: own,
            peer,
          },
        ];
      },
    }));
