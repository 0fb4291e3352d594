/** The parts of a plan that a link can hold or leave open, as people call them. */
import type { Part } from './link';

export const PART_NAMES: Record<Part, string> = {
  model: 'the model',
  tasks: 'the tasks and their order',
  steps: 'the steps',
  method: 'the method',
  rate: 'the learning rate',
  settings: 'batches and scoring',
  seed: 'the seed',
};
