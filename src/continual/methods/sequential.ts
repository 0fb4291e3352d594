import { collate } from '../../engine/text/batches';
import type { Method } from '../method';

/** Plain fine-tuning on one task after the other: nothing is done against forgetting. */
export function sequential(): Method {
  return { step: ({ learner, examples }) => learner.step(collate(examples)) };
}
