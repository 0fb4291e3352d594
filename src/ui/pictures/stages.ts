import type { RunResult } from '../../run/result';

/**
 * The stages that a measurement of checkpoints can show: those whose checkpoint is kept, and those measured before.
 * @param kept numbers of the stages whose checkpoint is there
 */
export function measurableStages(
  { bands }: RunResult,
  kept: readonly number[],
  measured: readonly { stage: number }[],
): number[] {
  return bands
    .map(({ stage }) => stage)
    .filter((stage) => kept.includes(stage) || measured.some((found) => found.stage === stage));
}
