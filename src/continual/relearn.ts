/** Learning forgotten tasks again, to see how much sooner that goes than the first time: savings. */
import { collate } from '../engine/text/batches';
import type { TokenizedExample } from '../engine/types';
import type { CurvePoint, RunResult } from '../run/result';
import type { Learner } from './learner';
import { DivergedError } from './lossQueue';
import { evaluationSteps, stageSeed } from './order';
import type { PreparedTask } from './prepare';
import type { StageData } from './stageData';

export interface Relearning {
  learner: Learner;
  /** Those to learn again. */
  stages: readonly StageData[];
  steps: number;
  score: (task: PreparedTask, stage: number) => Promise<Pick<CurvePoint, 'score' | 'loss'>>;
  /** Called before each step. */
  breathe: (task: PreparedTask) => Promise<void>;
}

/**
 * Adds to the record the curve of each task that it lacks. Every task is learnt by plain steps on the examples of
 * its own stage in the same order, from the weights as they are; afterwards these are back.
 */
export async function relearn(record: RunResult, parts: Relearning): Promise<void> {
  const { learner, stages, steps, score, breathe } = parts;
  const { batchSize, seed, evaluation } = record.config;
  const { sets, weights } = learner;
  const before = sets.create('before relearning');
  sets.copy(weights, before);
  record.relearning ??= [];
  try {
    for (const [i, { task, order }] of stages.entries()) {
      if (record.relearning.some((done) => done.task === task.id)) continue;
      const stage = i + 1;
      const band = { stage, task: task.id, from: 0, to: steps };
      const due = new Set(evaluationSteps([band], evaluation.everySteps));
      const points: CurvePoint[] = [{ step: 0, ...(await score(task, record.bands.length)) }];
      learner.beginStage({ steps, seed: stageSeed(seed, stage) });
      for (let step = 0; step < steps; step++) {
        await breathe(task);
        const examples = order
          .rows(step * batchSize, batchSize)
          .map((row) => task.train[row] as TokenizedExample);
        const loss = await learner.step(collate(examples)).value();
        if (!Number.isFinite(loss)) throw new DivergedError(record.step - 1, loss);
        if (due.has(step + 1)) points.push({ step: step + 1, ...(await score(task, record.bands.length)) });
      }
      record.relearning.push({ task: task.id, points });
      sets.copy(before, weights);
    }
  } finally {
    sets.copy(before, weights);
    before.dispose();
  }
}
