/** What a study shows: a row a method over its seeds, and each against another on the same seeds and rows. */
import { rowScores } from '../outcomes';
import { mean, pairedBootstrap, tInterval, type Estimated, type Pair } from '../statistics';
import type { CellResult } from './cellResult';
import { chosenTrial, current } from './cells';
import { labelsOf } from './config';
import type { StudyRecord } from './queue';
import { newTaskScore, oldTaskRetention, oldTaskScore, type ScoredRun } from './scores';

/** A method over its seeds; null where a measure is not defined, or no run of it is done. */
export interface MethodRow {
  method: string;
  /** Runs done and planned. */
  done: number;
  planned: number;
  failed: number;
  averageAccuracy: Estimated | null;
  backwardTransfer: Estimated | null;
  forgetting: Estimated | null;
  retention: Estimated | null;
  /** Mean score on the new tasks when they were learnt, and on the old ones at the end: `scores.ts` says which. */
  newTasks: Estimated | null;
  oldTasks: Estimated | null;
  /** Points that watched tasks lost, on average; below 0 where they gained. */
  watchedLoss: Estimated | null;
  /** Training and evaluation. */
  seconds: number | null;
  /** Of a step, from the medians of the stages: a machine that halts now and then does not show in it. */
  stepSeconds: number | null;
  trainSeconds: number | null;
  /** Most memory on the device, bytes. */
  memoryBytes: number | null;
  /** Of the method's own copies. */
  setBytes: number | null;
  /** Through forward and backward in steps, which is what an equal budget counts. */
  trainedTokens: number | null;
  /** Teachers' passes and Fisher estimates. */
  extraTokens: number | null;
  /** What its trials chose. */
  chosen: { learningRate: number; settings: CellResult['settings'] } | null;
}

/** Records never change, so what counts of one is found once. */
const counted = new WeakMap<StudyRecord, CellResult[]>();

/** The results that count: those of cells that have changed since are left out. */
export function resultsOf(record: StudyRecord): CellResult[] {
  const known = counted.get(record);
  if (known) return known;
  const results = current(record.study, record.cells, record.stamp);
  counted.set(record, results);
  return results;
}

/** Finished runs of a method, in the order of their seeds. */
export function runsOf(record: StudyRecord, method: string): CellResult[] {
  return resultsOf(record)
    .filter((cell) => cell.kind === 'run' && cell.method === method && cell.status === 'finished')
    .sort((a, b) => a.seed - b.seed);
}

/** A mean over seeds; null where no value is known. */
export function estimated(values: readonly (number | null)[]): Estimated | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : tInterval(numbers);
}

/** A kept cell with the config that its scores are read by. */
export const scoredRun = (
  { study: { run } }: StudyRecord,
  { matrix, settings, metrics }: CellResult,
): ScoredRun & Pick<CellResult, 'metrics'> => ({
  config: { plan: run.plan, tasks: run.tasks, method: settings },
  matrix,
  metrics,
});

const average = (values: readonly number[]): number | null => (values.length === 0 ? null : mean(values));

/** Watched tasks that are scored in points; a change in nats is no point. */
function watchedLoss(record: StudyRecord, cell: CellResult): number | null {
  const { tasks } = record.study.run;
  const lost = cell.metrics.watched
    .filter(({ task }) => tasks.find(({ id }) => id === task)?.metric !== 'loss')
    .map(({ change }) => -change);
  return average(lost);
}

/** What a run took of the budget, and beside it. */
function tokensOf({ cost, settings }: CellResult): { trained: number; extra: number } {
  const { trainedTokens, gradientTokens, forwardTokens } = cost;
  // The reference gradient of A-GEM is part of every step, other gradients are taken between stages.
  return settings.name === 'a-gem'
    ? { trained: trainedTokens + gradientTokens, extra: forwardTokens }
    : { trained: trainedTokens, extra: gradientTokens + forwardTokens };
}

export function methodRows(record: StudyRecord): MethodRow[] {
  const { study } = record;
  const all = resultsOf(record);
  return labelsOf(study).map((method, m): MethodRow => {
    const runs = runsOf(record, method);
    const over = (value: (cell: CellResult) => number | null): Estimated | null => estimated(runs.map(value));
    const meanOf = (value: (cell: CellResult) => number): number | null => average(runs.map(value));
    const memory = runs.flatMap((cell) => cell.memoryBytes ?? []);
    const [first] = runs;
    const trial = chosenTrial(study, method, all);
    const tried = all.find((cell) => cell.kind === 'trial' && cell.method === method && cell.trial === trial);
    const source = first ?? tried;
    return {
      method,
      done: runs.length,
      planned: (study.methods[m]?.seeds ?? study.seeds).length,
      failed: all.filter((cell) => cell.method === method && cell.kind === 'run' && cell.status === 'failed')
        .length,
      averageAccuracy: over((cell) => cell.metrics.averageAccuracy),
      backwardTransfer: over((cell) => cell.metrics.backwardTransfer),
      forgetting: over((cell) => cell.metrics.forgetting),
      retention: over((cell) => oldTaskRetention(scoredRun(record, cell))),
      newTasks: over((cell) => newTaskScore(scoredRun(record, cell))),
      oldTasks: over((cell) => oldTaskScore(scoredRun(record, cell))),
      watchedLoss: over((cell) => watchedLoss(record, cell)),
      seconds: meanOf((cell) => cell.trainSeconds + cell.evaluationSeconds),
      stepSeconds: meanOf((cell) => cell.stepSeconds),
      trainSeconds: meanOf((cell) => cell.trainSeconds),
      memoryBytes: memory.length === 0 ? null : Math.max(...memory),
      setBytes: meanOf((cell) => cell.cost.setBytes),
      trainedTokens: meanOf((cell) => tokensOf(cell).trained),
      extraTokens: meanOf((cell) => tokensOf(cell).extra),
      chosen: source ? { learningRate: source.learningRate, settings: source.settings } : null,
    };
  });
}

/** Seeds without which no verdict is given. */
const LEAST_SEEDS = 3;

export interface Comparison {
  method: string;
  /** The one it is compared with. */
  with: string;
  /** Points of average accuracy, method less the other, over the seeds that both have. */
  difference: Estimated;
  /**
   * Whether the interval leaves out 0; fewer than three seeds cannot tell, since an interval over one or two says
   * little of others.
   */
  verdict: 'above' | 'below' | 'unclear';
}

/** Scores of the last row of R, row by row, of each trained task that has points. */
function lastRows(record: StudyRecord, cell: CellResult): Map<string, number[]> {
  const { run } = record.study;
  const last = cell.matrix.at(-1);
  const rows = new Map<string, number[]>();
  for (const { task } of run.plan.stages) {
    if (run.tasks.find(({ id }) => id === task)?.metric === 'loss') continue;
    const found = last?.scores.find((score) => score.task === task);
    if (found?.outcomes) rows.set(task, rowScores(found.outcomes, found.score.n));
  }
  return rows;
}

/**
 * The paired difference of average accuracy, bootstrap over seeds and examples.
 * @returns null while they have no seed in common
 */
export function compare(record: StudyRecord, method: string, other: string): Comparison | null {
  const against = new Map(runsOf(record, other).map((cell) => [cell.seed, cell]));
  const shared = runsOf(record, method).flatMap((cell) => {
    const same = against.get(cell.seed);
    return same ? [[lastRows(record, cell), lastRows(record, same)] as const] : [];
  });
  // The same rows are scored with every seed; a task of which some seed lacks rows is left out.
  const tasks = [...(shared[0]?.[0] ?? [])].flatMap(([task, { length }]) =>
    shared.every((sides) => sides.every((rows) => rows.get(task)?.length === length)) ? [task] : [],
  );
  if (tasks.length === 0) return null;
  const difference = pairedBootstrap(
    shared.map(([mine, theirs]) =>
      tasks.map((task): Pair => ({ a: mine.get(task) ?? [], b: theirs.get(task) ?? [] })),
    ),
  );
  const { low, high } = difference;
  const sure = shared.length >= LEAST_SEEDS && low !== null && high !== null;
  const verdict = sure && low > 0 ? 'above' : sure && high < 0 ? 'below' : 'unclear';
  return { method, with: other, difference, verdict };
}

/** The method that the others are compared with: plain fine-tuning, or else the first. */
export function referenceOf({ study }: StudyRecord): string {
  const labels = labelsOf(study);
  const plain = study.methods.findIndex(
    ({ method, change }) => method.name === 'sequential' && Object.keys(change).length === 0,
  );
  return labels[Math.max(0, plain)] ?? '';
}

/** Every other method against the reference. */
export function comparisons(record: StudyRecord, reference = referenceOf(record)): Comparison[] {
  return labelsOf(record.study).flatMap((method) =>
    method === reference ? [] : (compare(record, method, reference) ?? []),
  );
}
