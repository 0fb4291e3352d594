import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { KeptSets } from './keptSets';

/**
 * L2-SP: a penalty α/2 · ‖θ − θ°‖² holds every weight alike near its starting point, which is where a stage began
 * or, anchored at the start, where the run did.
 * @see Li et al. 2018
 */
export function l2sp(settings: MethodConfig & { name: 'l2-sp' }): Method {
  const kept = new KeptSets();
  return {
    begin: ({ learner, stage }) => {
      if (settings.anchor === 'stage' || stage === 1)
        learner.sets.copy(learner.weights, kept.of('anchor', learner));
      return Promise.resolve();
    },
    // The start of the run is then where it forks.
    adopt: ({ learner }) => {
      learner.sets.copy(learner.weights, kept.of('anchor', learner));
      return Promise.resolve();
    },
    step: ({ learner, examples }) =>
      learner.stepOf([{ batch: collate(examples) }], (gradients) =>
        learner.sets.addPenalty(gradients, settings.alpha, learner.weights, kept.of('anchor', learner)),
      ),
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
