/**
 * The browser is killed, all its processes at once, in the middle of loading, training, checkpointing and deleting;
 * started again on the same profile, the page goes on with the run by its own button. Twenty kills are chained to a
 * run, and each run is of another method. What each ends with is held to a run that met nothing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { RunConfigInput } from '../../../src/run/config';
import type { Context, Outcome, Scenario } from '../scenario';
import { KillChain, type ChainResult, type Moment } from './killChain';

const CHAIN = 20;

/** Of twenty kills. */
const MOMENTS: Moment[] = [
  ...Array.from({ length: 2 }, () => 'loading' as const),
  ...Array.from({ length: 7 }, () => 'training' as const),
  ...Array.from({ length: 8 }, () => 'checkpointing' as const),
  ...Array.from({ length: 3 }, () => 'deleting' as const),
];

const METHODS: Partial<RunConfigInput>[] = [
  {},
  { method: { name: 'replay' } },
  { method: { name: 'ewc' } },
  { method: { name: 'lwf' } },
  { lora: {} },
  { method: { name: 'multi-task' } },
  { method: { name: 'l2-sp' } },
  { method: { name: 'der++' } },
  { method: { name: 'o-lora' } },
  { optimizer: { name: 'adafactor', learningRate: 0.002 } },
];

export const kills: Scenario = {
  name: 'kills',
  about: 'the browser killed at random moments; no run lost, each ends as an unbroken one',
  counts: { long: 200, short: 4 },
  async run({ count, draws, site, tell, part }: Context): Promise<Outcome> {
    const chains: ChainResult[] = [];
    const size = count < CHAIN ? 'short' : 'usual';
    for (let done = 0, n = 0; done < count; n++) {
      const length = Math.min(CHAIN, count - done);
      const own = draws.part(n);
      const chain = await part(`chain-${n}`, async () => {
        const profile = mkdtempSync(path.join(tmpdir(), 'lethe-kills-'));
        const moments = own.shuffled(MOMENTS).slice(0, length);
        // One run has stages so long that the clock makes checkpoints within them.
        const late = n === 0 && size !== 'short';
        if (late) moments.fill('late', 0, 3);
        try {
          return await new KillChain({
            name: `chain ${n}`,
            page: site.page,
            profile,
            steps: late ? 'late' : size,
            changes: { ...METHODS[n % METHODS.length], seed: n },
            moments: own.shuffled(moments),
            draws: own,
            tell,
          }).run();
        } finally {
          rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
        }
      });
      chains.push(chain);
      done += length;
    }
    return summary(chains);
  },
};

function summary(chains: ChainResult[]): Outcome {
  const all = chains.flatMap((chain) => chain.kills);
  const most = (values: number[]) => Number(Math.max(0, ...values).toFixed(1));
  const counted = (names: string[]) =>
    [...new Set(names)].map((name) => `${name} ${names.filter((n) => n === name).length}`).join(', ');
  return {
    done: all.length,
    failures: chains.flatMap((chain) => chain.failures),
    figures: {
      'runs, each of another method': chains.length,
      'runs that ended bit-equal to the unbroken one': chains.filter((chain) => chain.equal).length,
      'kills after which it went on from a checkpoint': all.filter(({ from = 0 }) => from > 0).length,
      'kills by moment': counted(all.map((kill) => kill.moment)),
      'kills by phase of the run': counted(all.map((kill) => kill.phase)),
      'most work repeated after a kill, s': most(all.map((kill) => kill.repeated)),
      'most steps repeated after a kill': most(all.map((kill) => kill.stepsRepeated)),
      'from the start of the browser to the run going on, at most, s': most(all.map((kill) => kill.back)),
    },
  };
}
