/** What a study will take, before it starts: cells, time at a measured rate, room. */
import type { RunConfig } from '../config';
import { relearntTasks, type MethodConfig } from '../methods';
import type { RunResult } from '../result';
import { countCells, withoutCurves } from './cells';
import type { CellResult } from './cellResult';
import type { StudyConfig } from './config';
import { trialsOf } from './trials';

/** How fast this machine was with this model: measured, never guessed. */
export interface Rates {
  /** A plain step of one batch. */
  stepSeconds: number;
  /** Scoring a row, its loss and its answer. */
  rowSeconds: number;
  /** Loading, compiling, keeping checkpoints: what a run takes beside. */
  startSeconds: number;
  parameters: number;
  /** Device memory of the run that was measured. */
  memoryBytes: number | null;
}

export interface StudyEstimate {
  trials: number;
  runs: number;
  cells: number;
  /** Training steps over all cells, and rows scored. */
  steps: number;
  rows: number;
  seconds: number;
  /** Most device memory of a cell; null where the measured run did not say. */
  memoryBytes: number | null;
  /** Of the results together, and of a cell's checkpoints while it goes. */
  resultBytes: number;
  checkpointBytes: number;
}

/** What a step costs in plain steps: tokens forward and backward, a forward pass counted as a third. */
function stepCost(method: MethodConfig, batchSize: number, equalTokens: boolean): number {
  switch (method.name) {
    case 'lwf':
      return 4 / 3;
    // With equal tokens these have fewer steps for it.
    case 'replay':
      return equalTokens ? 1 : 1 + method.ratio;
    case 'der++':
      return equalTokens ? 1 : 1 + 2 * method.ratio;
    case 'a-gem':
      return equalTokens ? 1 : 1 + method.sample / batchSize;
    default:
      return 1;
  }
}

/** Tasks that a method protects from the last stage: those of the stages before, and the rehearsed ones. */
const earlierTasks = ({ plan }: RunConfig): number => plan.stages.length - 1 + (plan.rehearsed?.length ?? 0);

/**
 * Copies of the weights on the device beside those of plain training, at most.
 * @param earlier as `earlierTasks` counts them
 */
function copies(method: MethodConfig, earlier: number): number {
  if (method.name === 'ewc') return 2 * (method.mode === 'online' ? Math.min(1, earlier) : earlier);
  if (method.name === 'soup') return 2;
  return ['a-gem', 'lwf', 'l2-sp', 'wise-ft', 'ema'].includes(method.name) ? 1 : 0;
}

/** Steps of a plan; epochs are counted with `rows` to train on. */
export function planSteps({ plan, batchSize }: RunConfig, rows: (task: string) => number): number {
  return plan.stages.reduce(
    (sum, { task, steps, epochs }) =>
      sum + (steps ?? Math.max(1, Math.ceil(((epochs ?? 0) * rows(task)) / batchSize))),
    0,
  );
}

/** What learning again takes after a run with a method: plain steps, and rows scored on the way. */
function relearningWork(
  { plan, evaluation }: RunConfig,
  method: MethodConfig,
): { steps: number; rows: number } {
  const tasks = relearntTasks(plan, method).length;
  const each = plan.relearn?.steps ?? 0;
  const points = Math.ceil(each / evaluation.everySteps) + 1;
  return { steps: tasks * each, rows: tasks * points * evaluation.examples };
}

/** Rows scored in a run: points of the curve, and rows of R. */
function scoredRows(run: RunConfig, steps: number): number {
  const { plan, evaluation } = run;
  const tasks = plan.stages.length + plan.watched.length;
  const points = Math.floor(steps / evaluation.everySteps) + plan.stages.length + 1;
  return tasks * (points * evaluation.examples + (plan.stages.length + 1) * evaluation.testExamples);
}

/**
 * @param rows training rows of a task, for stages in epochs
 */
export function estimateStudy(
  study: StudyConfig,
  rates: Rates,
  rows: (task: string) => number = () => 0,
): StudyEstimate {
  const { run, budget, trials } = study;
  const { plan, batchSize, evaluation } = run;
  const stages = plan.stages.length;
  const earlier = earlierTasks(run);
  const steps = planSteps(run, rows);
  const perRun = scoredRows(withoutCurves(run), steps);
  // Of a trial: the tasks that are trained or rehearsed, before training and at the end of each stage.
  const perTrial = (stages + (plan.rehearsed ?? []).length) * (stages + 1) * evaluation.examples;
  let [seconds, most] = [0, 0];
  const again = { steps: 0, rows: 0 };
  study.methods.forEach((entry) => {
    const { method } = entry;
    const fisher = method.name === 'ewc' ? (earlier * method.samples) / batchSize : 0;
    const training = (steps * stepCost(method, batchSize, budget === 'tokens') + fisher) * rates.stepSeconds;
    const runs = (entry.seeds ?? study.seeds).length;
    const tried = trials ? trialsOf(study, entry).length : 0;
    const relearning = relearningWork(run, method);
    again.steps += runs * relearning.steps;
    again.rows += runs * relearning.rows;
    seconds += runs * (training + perRun * rates.rowSeconds + rates.startSeconds);
    seconds += tried * (training + perTrial * rates.rowSeconds + rates.startSeconds);
    most = Math.max(most, copies(method, earlier));
  });
  seconds += again.steps * rates.stepSeconds + again.rows * rates.rowSeconds;
  const counted = countCells(study);
  const cells = counted.trials + counted.runs;
  const tasks = stages + plan.watched.length;
  return {
    ...counted,
    cells,
    steps: cells * steps + again.steps,
    rows: counted.runs * perRun + counted.trials * perTrial + again.rows,
    seconds,
    memoryBytes: rates.memoryBytes === null ? null : rates.memoryBytes + most * 4 * rates.parameters,
    resultBytes: counted.runs * tasks * (250 * (stages + 1) + evaluation.testExamples) + cells * 1500,
    checkpointBytes: stages * 4 * rates.parameters,
  };
}

/** The rates of a run that is over, or has at least scored and stepped; null where it has not. */
export function ratesOf(result: RunResult): Rates | null {
  const { timings, config, matrix, evaluations, parameters } = result;
  const steps = timings.map((timing) => timing.stepSeconds).filter((seconds) => seconds > 0);
  const scored =
    evaluations.reduce((sum, point) => sum + point.score.n, 0) +
    matrix.reduce((sum, row) => sum + row.scores.reduce((n, { score }) => n + score.n, 0), 0);
  const evaluation = timings.reduce((sum, timing) => sum + timing.evaluationSeconds, 0);
  if (steps.length === 0 || scored === 0) return null;
  const stages = config.plan.stages.length;
  const mean = steps.reduce((sum, seconds) => sum + seconds, 0) / steps.length;
  const plain = mean / stepCost(config.method, config.batchSize, false);
  const whole = (Date.parse(result.updatedAt) - Date.parse(result.createdAt)) / 1000;
  const known = evaluation + timings.reduce((sum, timing) => sum + timing.trainSeconds, 0);
  // A run that was paused or interrupted took longer than its work did.
  const beside = Number.isFinite(whole) ? Math.min(Math.max(whole - known, 0), 5 * (stages + 1)) : 0;
  return {
    stepSeconds: plain,
    rowSeconds: evaluation / scored,
    startSeconds: beside,
    parameters,
    memoryBytes: result.memoryBytes ?? null,
  };
}

/**
 * Seconds for the cells that are due, at the mean of those done.
 * @returns null while none of a kind that is due is done
 */
export function secondsLeft(study: StudyConfig, done: readonly CellResult[]): number | null {
  const counted = countCells(study);
  const kinds = [
    { kind: 'trial', all: counted.trials },
    { kind: 'run', all: counted.runs },
  ] as const;
  let seconds = 0;
  for (const { kind, all } of kinds) {
    const own = done.filter((cell) => cell.kind === kind);
    const due = all - own.length;
    const finished = own.filter((cell) => cell.status === 'finished');
    if (due <= 0) continue;
    if (finished.length === 0) return null;
    const took = finished.reduce((sum, cell) => sum + cell.trainSeconds + cell.evaluationSeconds, 0);
    seconds += (due * took) / finished.length;
  }
  return seconds;
}

/** A short run that measures: the plan's first stage for a few steps, a few rows scored. */
export function measuringRun(run: RunConfig): RunConfig {
  const [first] = run.plan.stages;
  const task = first?.task ?? '';
  const { relearn: _, equalTokens: __, rehearsed: ___, ...plan } = run.plan;
  return {
    ...run,
    name: 'Measuring',
    plan: { ...plan, stages: [{ task, steps: 12 }], watched: [] },
    method: { name: 'sequential' },
    evaluation: {
      ...run.evaluation,
      everySteps: 1_000_000,
      examples: Math.min(64, run.evaluation.examples),
      testExamples: Math.min(64, run.evaluation.testExamples),
      samples: 0,
      knowledge: { ...run.evaluation.knowledge, examples: 0 },
    },
  };
}
