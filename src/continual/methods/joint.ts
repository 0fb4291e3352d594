import type { Method } from '../method';
import { sequential } from './sequential';

/**
 * Joint multi-task training: all tasks at once, in a single stage with the steps of all stages. What forgetting
 * costs is measured against it. The mixture is the stage's order (`stageData.ts`), so a step is a plain one.
 * @see Caruana 1997; Raffel et al. 2020, 3.5.2 for the mixing
 */
export function joint(): Method {
  return sequential();
}
