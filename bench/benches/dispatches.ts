/** How much a pocket training step asks of the device: dispatches, copies, writes; kernel calls on WASM. */
import type { Bench } from '../harness/context';
import { count, type Counts } from '../harness/counting';
import { fullBatch, geometries } from '../harness/geometry';
import { ours } from '../harness/ours';
import type { Peer } from '../peers/peer';
import { kernelCalls, naiveTfjs } from '../peers/naiveTfjs';
import { specOf } from './trainStep';

/** Kernel calls of such a T5 as measured before this one was written; ±5 % is the same T5. */
const expectedCalls = 3057;

const { config, shape } = geometries.pocket;

const kinds: [keyof Counts, string][] = [
  ['dispatches', 'dispatches'],
  ['copies', 'copies'],
  ['writes', 'writes'],
  ['passes', 'compute passes'],
  ['submits', 'submits'],
];

async function onWebGpu(): Promise<[Counts, Counts]> {
  const spec = specOf('pocket', { backend: 'webgpu', threads: 1 });
  const batch = fullBatch(config, shape);
  const counted: Counts[] = [];
  for (const peer of [ours, naiveTfjs] as Peer[]) {
    const model = await peer.open(spec);
    const step = async (): Promise<void> => {
      await model.step(batch);
      await model.finish();
    };
    await step();
    counted.push(await count(step));
    await model.dispose();
  }
  return counted as [Counts, Counts];
}

/** Calls of the kernels: a launch of ours is one, whatever it computes. */
async function onWasm(say: (line: string) => void): Promise<[number, number]> {
  const spec = specOf('pocket', { backend: 'wasm', threads: 1 });
  const batch = fullBatch(config, shape);
  const model = await ours.open(spec);
  const own = await model.kernelCalls(batch);
  await model.dispose();
  const naive = await naiveTfjs.open(spec);
  naive.step(batch);
  const { all, free } = await kernelCalls(naive, batch);
  const off = 100 * (all / expectedCalls - 1);
  say(`  naive-tfjs: ${all} kernel calls a step, ${all - free} of which compute (${off.toFixed(1)} % off)`);
  if (Math.abs(off) > 5) throw new Error(`naive-tfjs makes ${all} kernel calls, not ${expectedCalls} ± 5 %`);
  naive.dispose();
  return [own, all];
}

const head = { threads: 1, peerName: 'naive-tfjs' };

export const dispatches: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `dispatches/pocket: ours and naive-tfjs on ${backend}`,
    async run({ say }) {
      const at = { ...head, backend };
      if (backend === 'wasm') {
        const [own, naive] = await onWasm(say);
        return [
          { head: { ...at, bench: 'dispatches/pocket', unit: 'kernel calls' }, ours: [own], peer: [naive] },
        ];
      }
      const [own, naive] = await onWebGpu();
      return kinds.map(([kind, unit]) => {
        const bench = kind === 'dispatches' ? 'dispatches/pocket' : `dispatches/pocket/${kind}`;
        return { head: { ...at, bench, unit }, ours: [own[kind]], peer: [naive[kind]] };
      });
    },
  }));
