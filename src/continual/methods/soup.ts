import type { Method } from '../method';
import { KeptSets } from './keptSets';
import { sequential } from './sequential';

/**
 * A uniform model soup of stage ends: what is scored and kept after stage t is the mean of the weights at the ends
 * of stages 1..t, while the next stage goes on from the last end itself. The ends lie on one path of training from
 * one initialisation, which is what makes their mean a model.
 * @see Wortsman et al. 2022, "Model soups"
 */
export function soup(): Method {
  const kept = new KeptSets();
  return {
    ...sequential(),
    begin: ({ learner, stage }) => {
      if (stage > 1) learner.sets.copy(kept.of('end', learner), learner.weights);
      return Promise.resolve();
    },
    // The weights of the fork stand for the end of every stage before it.
    adopt: ({ learner }) => {
      for (const name of ['end', 'mean']) learner.sets.copy(learner.weights, kept.of(name, learner));
      return Promise.resolve();
    },
    end: ({ learner, stage }) => {
      const { sets, weights } = learner;
      const mean = kept.of('mean', learner);
      sets.copy(weights, kept.of('end', learner));
      sets.interpolate(mean, weights, 1 / stage, mean);
      sets.copy(mean, weights);
      return Promise.resolve();
    },
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
