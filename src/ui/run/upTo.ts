/** A run as it stood at the end of a stage: for whoever walks a room through it. */
import type { RunResult } from '../../run/result';

/**
 * @param stage of a row of the matrix, 0 before any training; null for the run as it is
 * @returns the record with everything later left out, and the measures that only hold for the whole of it blank
 */
export function upTo(run: RunResult, stage: number | null): RunResult {
  const row = stage === null ? undefined : run.matrix.find((r) => r.stage === stage);
  if (!row || stage === null || row === run.matrix.at(-1)) return run;
  const { step } = row;
  return {
    ...run,
    step,
    losses: run.losses.slice(0, step),
    evaluations: run.evaluations.filter((e) => e.step <= step),
    matrix: run.matrix.filter((r) => r.stage <= stage),
    samples: run.samples.map((sample) => ({
      ...sample,
      answers: sample.answers.filter((answer) => answer.stage <= stage),
    })),
    lost: run.lost?.filter((example) => example.stage <= stage) ?? [],
    timings: run.timings.filter((timing) => timing.stage <= stage),
    metrics: {
      averageAccuracy: null,
      backwardTransfer: null,
      forgetting: null,
      watched: [],
      ...stageMeasures(run, stage),
    },
  };
}

/** Measures of single stages, which later ones leave as they are. */
function stageMeasures(
  { metrics, bands }: RunResult,
  last: number,
): Pick<RunResult['metrics'], 'curve' | 'learning'> {
  const { curve, learning } = metrics;
  const later = new Set(bands.filter((band) => band.stage > last).map((band) => band.task));
  return {
    ...(curve && { curve: curve.filter(({ stage }) => stage <= last) }),
    ...(learning && { learning: learning.filter(({ task }) => !later.has(task)) }),
  };
}
