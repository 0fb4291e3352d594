/** What each stage brought: the average over the tasks so far, and how fast its own task was learnt. */
import type { RunResult } from '../../run/result';
import { fixed } from '../format';
import { stageLabel, tasksOf } from './names';

export interface StageRow {
  stage: number;
  label: string;
  averageAccuracy: string;
  /** Mean score on validation rows over the stage, `71.2`, or `1.204 nats`. A dash where it is not defined. */
  area: string;
  stepsToMostGain: string;
}

/** None in records of earlier versions of the page, which lack the measures. */
export function stageRows(run: RunResult): StageRow[] {
  const tasks = tasksOf(run.config);
  return (run.metrics.curve ?? []).map(({ stage, averageAccuracy }) => {
    const band = run.bands.find((each) => each.stage === stage);
    const speed = run.metrics.learning?.find(({ task }) => task === band?.task);
    const loss = tasks.find(({ id }) => id === speed?.task)?.metric === 'loss';
    const area = speed && (loss ? `${fixed(speed.area, 3)} nats` : fixed(speed.area, 1));
    const steps = speed?.stepsToMostGain ?? null;
    return {
      stage,
      label: stageLabel(run.config, stage),
      averageAccuracy: averageAccuracy === null ? '–' : fixed(averageAccuracy, 1),
      area: area ?? '–',
      stepsToMostGain: steps === null ? '–' : fixed(steps),
    };
  });
}
