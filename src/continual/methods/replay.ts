import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { drawn, DRAWS, examplesOf, Memory } from './memory';

/**
 * Experience replay: some examples of each earlier task are kept, and each batch is joined by a draw of them.
 * @see Rolnick et al. 2019; Chaudhry et al. 2019 ("tiny episodic memories") for small memories
 */
export function replay(settings: MethodConfig & { name: 'replay' }): Method {
  const memory = new Memory(settings);
  return {
    step: (context) => {
      const { learner, examples, batchSize, seed, stage, step } = context;
      const kept = memory.earlier(context);
      const wanted = Math.round(settings.ratio * batchSize);
      const places = drawn(kept.length, wanted, seed, DRAWS.replay, stage, step);
      const replayed = examplesOf(
        places.map((place) => kept[place] as (typeof kept)[number]),
        context,
      );
      return learner.step(collate([...examples, ...replayed]));
    },
  };
}
