/** What the device holds after 1,000 training steps, beside what it held after ten: nothing may pile up. */
import type { Bench } from '../harness/context';
import { fullBatch, geometries } from '../harness/geometry';
import { ours } from '../harness/ours';
import { specOf } from './trainStep';

const steps = 1000;
const early = 10;

export const memory: Bench = ({ backends }) =>
  backends.map((backend) => ({
    label: `memory/micro: after ${early} steps and after ${steps} on ${backend}`,
    async run({ say }) {
      const { config, shape } = geometries.micro;
      const place = { backend, threads: 1 };
      const model = await ours.open(specOf('micro', place));
      const batch = fullBatch(config, shape);
      const held: { bytes: number; buffers: number }[] = [];
      for (let step = 1; step <= steps; step++) {
        model.step(batch);
        // Now and then, so that work does not queue without end.
        if (step % early === 0) await model.finish();
        if (step === early || step === steps) held.push(model.executor.memory());
      }
      const [before, after] = held as [(typeof held)[0], (typeof held)[0]];
      say(`  ${after.buffers} buffers, ${after.bytes} bytes`);
      const head = { ...place, peerName: `after ${early} steps` };
      return [
        {
          head: { ...head, bench: 'memory/micro', unit: 'bytes' },
          ours: [after.bytes],
          peer: [before.bytes],
        },
        {
          head: { ...head, bench: 'memory/micro/buffers', unit: 'buffers' },
          ours: [after.buffers],
          peer: [before.buffers],
        },
      ];
    },
  }));
