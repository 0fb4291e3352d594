/** Which rows stand for a part of a task: those who show rows need to know it as well as those who score them. */
import { shuffled } from '../engine/random';

/**
 * Evaluation samples are drawn with this seed whatever the run's own, so that runs that differ in their seed
 * are still scored on the same rows.
 */
export const EVALUATION_SEED = 20_240_501;

/** The rows of a part that stand for it: all of them, or a fixed sample of `count`, in a fixed order. */
export function evaluationSample<Row>(rows: readonly Row[], count: number): Row[] {
  const order = shuffled(rows.length, EVALUATION_SEED).subarray(0, count);
  return Array.from(order, (i) => rows[i] as Row);
}
