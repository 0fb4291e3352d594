import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';

/**
 * O-LoRA: every stage trains a LoRA adapter of its own beside those of the stages before, which are frozen and stay
 * part of the model. λ·Σ|A·A'ᵀ|, over the projections and the earlier adapters, keeps the rows of the new A orthogonal
 * to theirs, so that what is learnt now hardly changes what they do. The learner is opened with an adapter a stage.
 * @see Wang et al. 2023, "Orthogonal subspace learning for language model continual learning"
 */
export function oLora({ lambda }: MethodConfig & { name: 'o-lora' }): Method {
  return {
    step: ({ learner, examples }) => {
      const { adapters } = learner;
      if (!adapters) throw new Error('O-LoRA needs a learner that trains adapters');
      return learner.stepOf([{ batch: collate(examples) }], (gradients) => {
        adapters.addOverlap(gradients, lambda);
      });
    },
  };
}
