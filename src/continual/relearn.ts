/** Learning forgotten tasks again, to see how much sooner that goes than the first time: savings. */
import { collate } from '../engine/text/batches';
import type { TokenizedExample } from '../engine/types';
import { relearntTasks } from '../run/methods';
import type { CurvePoint, RunResult } from '../run/result';
import type { Learner } from './learner';
import { DivergedError } from './lossQueue';
import { evaluationSteps, stageSeed } from './order';
import type { PreparedTask } from './prepare';
import type { StageData } from './stageData';

/** How far the task that is being learnt again has come. */
export interface RelearningSoFar {
  task: string;
  steps: number;
  points: number;
}

export interface Relearning {
  learner: Learner;
  /** Those to learn again. */
  stages: readonly StageData[];
  steps: number;
  score: (task: PreparedTask, stage: number) => Promise<Pick<CurvePoint, 'score' | 'loss'>>;
  /** Called before each step. */
  breathe: (task: PreparedTask) => Promise<void>;
  /** Is brought up to date as it goes. */
  soFar: RelearningSoFar;
}

/** Steps at which a task that is learnt again is scored; 0 is before the first. */
function scoredAt({ config }: RunResult, steps: number): number[] {
  return evaluationSteps([{ stage: 1, task: '', from: 0, to: steps }], config.evaluation.everySteps);
}

/** Steps of learning again that are left, and how often each task is scored in them. */
export function relearningLeft(
  record: RunResult,
  soFar: RelearningSoFar,
): { steps: number; points: Map<string, number> } {
  const { plan, method } = record.config;
  const left = { steps: 0, points: new Map<string, number>() };
  const each = plan.relearn?.steps ?? 0;
  const points = scoredAt(record, each).length;
  for (const task of relearntTasks(plan, method)) {
    if (record.relearning?.some((done) => done.task === task)) continue;
    const begun = soFar.task === task;
    left.steps += each - (begun ? soFar.steps : 0);
    left.points.set(task, points - (begun ? soFar.points : 0));
  }
  return left;
}

/**
 * Adds to the record the curve of each task that it lacks. Every task is learnt by plain steps on the examples of
 * its own stage in the same order, from the weights as they are; afterwards these are back.
 */
export async function relearn(record: RunResult, parts: Relearning): Promise<void> {
  const { learner, stages, steps, score, breathe, soFar } = parts;
  const { batchSize, seed } = record.config;
  const { sets, weights } = learner;
  const before = sets.create('before relearning');
  sets.copy(weights, before);
  record.relearning ??= [];
  const due = new Set(scoredAt(record, steps));
  try {
    for (const [i, { task, order }] of stages.entries()) {
      if (record.relearning.some((done) => done.task === task.id)) continue;
      const stage = i + 1;
      Object.assign(soFar, { task: task.id, steps: 0, points: 0 });
      const points: CurvePoint[] = [];
      const addPoint = async (step: number): Promise<void> => {
        points.push({ step, ...(await score(task, record.bands.length)) });
        soFar.points = points.length;
      };
      await addPoint(0);
      learner.beginStage({ steps, seed: stageSeed(seed, stage) });
      for (let step = 0; step < steps; step++) {
        await breathe(task);
        const examples = order
          .rows(step * batchSize, batchSize)
          .map((row) => task.train[row] as TokenizedExample);
        const loss = await learner.step(collate(examples)).value();
        if (!Number.isFinite(loss)) throw new DivergedError(record.step - 1, loss);
        soFar.steps = step + 1;
        if (due.has(step + 1)) await addPoint(step + 1);
      }
      record.relearning.push({ task: task.id, points });
      sets.copy(before, weights);
    }
  } finally {
    sets.copy(before, weights);
    before.dispose();
  }
}
