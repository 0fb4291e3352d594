import { collate } from '../../engine/text/batches';
import type { MethodConfig } from '../../run/methods';
import type { Method } from '../method';
import { KeptSets } from './keptSets';

/**
 * Exponential moving average: beside the weights in training their average over the steps is kept, average ←
 * decay·average + (1 − decay)·θ, begun at the weights before the stage; after the stage the weights become it.
 * @see Polyak & Juditsky 1992; Tarvainen & Valpola 2017
 */
export function ema({ decay }: MethodConfig & { name: 'ema' }): Method {
  const kept = new KeptSets();
  return {
    begin: ({ learner }) => {
      learner.sets.copy(learner.weights, kept.of('average', learner));
      return Promise.resolve();
    },
    step: ({ learner, examples }) => {
      const reading = learner.step(collate(examples));
      learner.sets.ema(kept.of('average', learner), learner.weights, decay);
      return reading;
    },
    end: ({ learner }) => {
      learner.sets.copy(kept.of('average', learner), learner.weights);
      return Promise.resolve();
    },
    state: () => kept.tensors(),
    restore: (tensors, learner) => kept.restore(tensors, learner),
  };
}
