/** Generated and damaged input for every reader of what strangers made, in Node. */
import { fuzz as check, targets } from '../fuzz/all';
import { bombs, defuse } from '../fuzz/bombs';
import { allowedMs } from '../fuzz/target';
import type { Context, Outcome, Scenario } from '../scenario';

export const fuzz: Scenario = {
  name: 'fuzz',
  about:
    'generated inputs for every reader: no crash, no hang over 1 s a megabyte, nothing false accepted, errors that name their place',
  counts: { long: 20_000, short: 600 },
  async run({ count, seed, tell }: Context): Promise<Outcome> {
    const failures: string[] = [];
    const figures: Outcome['figures'] = {};
    let done = 0;
    let longest = 0;
    for (const target of targets) {
      const told = await check(target, Math.ceil(count / targets.length), seed);
      done += told.inputs;
      longest = Math.max(longest, told.longest);
      const line = `${told.inputs} inputs, ${told.accepted} accepted, ${told.refused} refused`;
      figures[target.name] = line;
      if (told.failure !== null) failures.push(told.failure);
      tell(`${target.name}: ${line}`);
    }
    for (const [what, name, text] of bombs) {
      try {
        const { ms, bytes } = defuse(name, text);
        longest = Math.max(longest, ms);
        if (ms > allowedMs(bytes)) failures.push(`${what} took ${ms.toFixed(0)} ms`);
      } catch (error) {
        failures.push(`${what}: ${String(error)}`);
      }
    }
    figures['files made to take long, read or refused in time'] = bombs.length;
    figures['longest reading, ms'] = Math.round(longest);
    return { done, failures, figures };
  },
};
