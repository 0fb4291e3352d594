/** Learning rate over a run, as in transformers.get_scheduler. */

export interface ScheduleSettings {
  name: 'constant' | 'linear' | 'cosine';
  warmupSteps?: number;
}

/** The rate of step `step`, counted from 0, of `totalSteps`. */
export function scheduledRate(
  base: number,
  schedule: ScheduleSettings,
  step: number,
  totalSteps: number,
): number {
  const warmup = schedule.warmupSteps ?? 0;
  if (step < warmup) return (base * step) / Math.max(1, warmup);
  if (schedule.name === 'constant') return base;
  const done = (step - warmup) / Math.max(1, totalSteps - warmup);
  if (schedule.name === 'linear') return base * Math.max(0, 1 - done);
  return base * Math.max(0, 0.5 * (1 + Math.cos(Math.PI * done)));
}
