import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { KeptSets } from './keptSets';

/**
 * Learning without forgetting: on the new task's own examples the model is held to what the model before the stage
 * said, by λ·τ²·KL(before ‖ now) over the vocabulary at temperature τ, at target positions only. No old data are
 * needed. In the first stage there is nothing to hold to but the pretrained model, which is left free unless it is
 * to keep what it knows of rehearsed tasks.
 * @see Li & Hoiem 2016; Hinton et al. 2015 for the factor τ²
 */
export function lwf({ lambda, temperature }: MethodConfig & { name: 'lwf' }): Method {
  const kept = new KeptSets();
  return {
    begin: ({ learner, earlier }) => {
      if (earlier.length > 0) learner.sets.copy(learner.weights, kept.of('teacher', learner));
      return Promise.resolve();
    },
    step: ({ learner, examples, earlier }) => {
      const batch = collate(examples);
      if (earlier.length === 0) return learner.step(batch);
      const teacher = kept.of('teacher', learner);
      return learner.stepOf([
        { batch, match: { kind: 'distillation', weight: lambda, temperature, teacher } },
      ]);
    },
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
