import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { KeptSets } from './keptSets';
import { sequential } from './sequential';

/**
 * WiSE-FT: after a stage the weights become (1 − α)·before + α·after. Curves within a stage show the weights in
 * training; the rows of R, the checkpoint and the next stage have the average.
 * @see Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"
 */
export function wiseFt({ alpha }: MethodConfig & { name: 'wise-ft' }): Method {
  const kept = new KeptSets();
  return {
    ...sequential(),
    begin: ({ learner }) => {
      learner.sets.copy(learner.weights, kept.of('before', learner));
      return Promise.resolve();
    },
    end: ({ learner }) => {
      const { sets, weights } = learner;
      sets.interpolate(kept.of('before', learner), weights, alpha, weights);
      return Promise.resolve();
    },
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
