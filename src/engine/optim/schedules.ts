import type { ScheduleSettings } from '../types';

/**
 * What the learning rate is multiplied by, as in transformers: linear warm-up from 0, then constant, linear to
 * 0, or half a cosine to 0. A pure function of the step, so that a resumed run goes on with it.
 * @param step training steps done before this one: 0 at the first, which with warm-up has rate 0
 * @param totalSteps steps of the whole schedule, warm-up included
 * @see Hugging Face transformers, optimization.py
 */
export function learningRateFactor(
  { name, warmupSteps }: ScheduleSettings,
  step: number,
  totalSteps: number,
): number {
  if (step < warmupSteps) return step / warmupSteps;
  if (name === 'constant') return 1;
  const rest = Math.max(1, totalSteps - warmupSteps);
  if (name === 'linear') return Math.max(0, (totalSteps - step) / rest);
  return Math.max(0, 0.5 * (1 + Math.cos((Math.PI * (step - warmupSteps)) / rest)));
}
