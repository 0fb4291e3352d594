/** How long a recorded run would take on another machine. */
import type { RunResult } from '../../run/result';

/**
 * Training and scoring are held to grow alike from one machine to the next.
 * @param stepSeconds of a training step of the same run, measured here
 * @returns seconds for all of it; null where the record has no times
 */
export function secondsHere(run: RunResult, stepSeconds: number): number | null {
  const steps = run.timings.filter(({ stage }) => stage > 0);
  const there = steps.reduce((sum, timing) => sum + timing.stepSeconds, 0) / steps.length;
  const all = run.timings.reduce((sum, timing) => sum + timing.trainSeconds + timing.evaluationSeconds, 0);
  return there > 0 && all > 0 ? (all * stepSeconds) / there : null;
}
