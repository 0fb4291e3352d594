/** Time until everything of a pocket training step has been handed to the device: what the page's thread pays. */
import type { Bench } from '../harness/context';
import { fullBatch, geometries } from '../harness/geometry';
import { interleave, type Side } from '../harness/interleave';
import { ours } from '../harness/ours';
import { naiveTfjs } from '../peers/naiveTfjs';
import { specOf } from './trainStep';

interface Submitting {
  begin(): void;
  /** Resolves when all of it has been submitted. */
  submitted(): Promise<void>;
  finish(): Promise<void>;
}

/** The device is idle when a step begins, so that nobody waits for room in a queue. */
const hostSide = (name: string, model: Submitting): Side => ({
  name,
  async measure() {
    const start = performance.now();
    model.begin();
    await model.submitted();
    const took = performance.now() - start;
    await model.finish();
    return took;
  },
});

export const host: Bench = ({ backends }) =>
  backends.includes('webgpu')
    ? [
        {
          label: 'host/pocket: ours and naive-tfjs on webgpu',
          async run({ rounds, say }) {
            const { config, shape } = geometries.pocket;
            const place = { backend: 'webgpu', threads: 1 } as const;
            const batch = fullBatch(config, shape);
            const own = await ours.open(specOf('pocket', place));
            const naive = await naiveTfjs.open(specOf('pocket', place));
            const sides = [
              hostSide('ours', {
                begin: () => own.step(batch),
                submitted: () => own.submitted(),
                finish: () => own.finish(),
              }),
              hostSide('naive-tfjs', {
                begin: () => naive.step(batch),
                submitted: async () => {
                  await Promise.resolve();
                  naive.submit();
                },
                finish: () => naive.finish(),
              }),
            ];
            // The first step compiles.
            for (const side of sides) await side.measure();
            const [mine = [], theirs = []] = await interleave(sides, rounds, say);
            const head = { bench: 'host/pocket', peerName: 'naive-tfjs', unit: 'ms', ...place };
            return [{ head, ours: mine, peer: theirs }];
          },
        },
      ]
    : [];
