import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { drawn, DRAWS, examplesOf, Memory, type Kept } from './memory';
import { KeptSets } from './keptSets';

/**
 * Averaged gradient episodic memory: where the step's gradient g would raise the loss on a draw from earlier tasks,
 * whose gradient is r, it is projected to g − (g·r)/(r·r)·r, which does not.
 * @see Chaudhry et al. 2019
 */
export function aGem({ count, sample }: MethodConfig & { name: 'a-gem' }): Method {
  const memory = new Memory({ memory: 'count', count, share: 0, capacity: 0 });
  // Written anew at every step, so it is in no checkpoint.
  const scratch = new KeptSets();
  return {
    step: (context) => {
      const { learner, seed, stage, step } = context;
      const { sets } = learner;
      const batch = collate(context.examples);
      const kept = memory.earlier(context);
      if (kept.length === 0) return learner.step(batch);
      const places = drawn(kept.length, sample, seed, DRAWS.replay, stage, step);
      const old = examplesOf(
        places.map((place) => kept[place] as Kept),
        context,
      );
      const reference = scratch.of('reference', learner);
      learner.gradient([{ batch: collate(old) }], (r) => sets.copy(r, reference)).discard();
      return learner.stepOf([{ batch }], (g) => sets.project(g, reference));
    },
  };
}
