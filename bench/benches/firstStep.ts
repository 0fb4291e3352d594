/** What happens once in a page: loading weights onto the device, and the first step, which compiles. */
import type { Bench } from '../harness/context';
import { fullBatch, geometries } from '../harness/geometry';
import { ours } from '../harness/ours';
import { naiveTfjs } from '../peers/naiveTfjs';
import type { Peer, PeerModel } from '../peers/peer';
import { specOf } from './trainStep';

const timed = async <T>(work: () => Promise<T>): Promise<{ result: T; milliseconds: number }> => {
  const start = performance.now();
  return { result: await work(), milliseconds: performance.now() - start };
};

export const firstStep: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `first-step/pocket, load/pocket: ours and naive-tfjs on ${backend}`,
    once: true,
    async run({ say }) {
      const { config, shape } = geometries.pocket;
      const place = { backend, threads: 1 };
      const batch = fullBatch(config, shape);
      const figures: { load: number; first: number }[] = [];
      for (const peer of [ours, naiveTfjs] as Peer[]) {
        const spec = specOf('pocket', place);
        const load = await timed(async (): Promise<PeerModel> => {
          const model = await peer.open(spec);
          await model.finish();
          return model;
        });
        const first = await timed(async () => {
          await load.result.step(batch);
          await load.result.finish();
        });
        await load.result.dispose();
        figures.push({ load: load.milliseconds, first: first.milliseconds });
        say(
          `  ${peer.name}: load ${load.milliseconds.toFixed(0)}, first step ${first.milliseconds.toFixed(0)} ms`,
        );
      }
      const [own, naive] = figures;
      const head = { ...place, peerName: 'naive-tfjs', unit: 'ms' };
      return [
        { head: { ...head, bench: 'first-step/pocket' }, ours: [own!.first], peer: [naive!.first] },
        { head: { ...head, bench: 'load/pocket' }, ours: [own!.load], peer: [naive!.load] },
      ];
    },
  }));
