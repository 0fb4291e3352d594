/** What the runs of a study show: the sweep, and the methods compared over seeds and examples. */
import { rowScores } from '../../src/run/outcomes';
import type { RunResult } from '../../src/run/result';
import { listsBootstrap, mean, type Estimated } from '../../src/run/statistics';
import type { PlannedRun, Study } from './study';

export interface StudyRun extends PlannedRun {
  result: RunResult;
}

/** The last validation score of a task: what a learning rate is chosen by. @throws Error when there is none */
export function validationScore({ name, result }: StudyRun, task: string): number {
  const last = result.evaluations.filter((point) => point.task === task).at(-1);
  if (!last) throw new Error(`${name}: "${task}" was not scored on its validation part`);
  return last.score.value;
}

export interface SweepRow {
  learningRate: number;
  /** Mean validation score of the new task over the sweep's seeds. */
  score: number;
}

/** The sweep in the order of the study, and its best learning rate (the smaller of equal ones). */
export function sweepTable(study: Study, runs: readonly StudyRun[]): { rows: SweepRow[]; best: number } {
  const rows = study.learningRates.map((learningRate) => {
    const own = runs.filter((run) => run.learningRate === learningRate && run.method === 'sequential');
    return { learningRate, score: mean(own.map((run) => validationScore(run, study.newTask))) };
  });
  const [best] = [...rows].sort((a, b) => b.score - a.score || a.learningRate - b.learningRate);
  return { rows, best: best?.learningRate ?? NaN };
}

/** Scores of a task's test rows before it could be forgotten, and after the last stage. */
interface BeforeAfter {
  before: number[];
  after: number[];
}

/**
 * For a task that a stage trained, before is the end of that stage; for a watched or a later one, the start.
 * @param from `start` takes the start in any case: what was gained
 */
export function beforeAndAfter(run: StudyRun, task: string, from: 'learnt' | 'start'): BeforeAfter {
  const { result } = run;
  const stage = result.bands.find((band) => band.task === task)?.stage ?? 0;
  const rowOf = (wanted: number): number[] => {
    const score = result.matrix
      .find((row) => row.stage === wanted)
      ?.scores.find((each) => each.task === task);
    if (!score?.outcomes)
      throw new Error(`${run.name}: no row-by-row outcomes of "${task}" after stage ${wanted}`);
    return rowScores(score.outcomes, score.score.n);
  };
  const last = Math.max(...result.matrix.map((row) => row.stage));
  return { before: rowOf(from === 'start' ? 0 : stage), after: rowOf(last) };
}

/** Scores of a task's test rows after its own stage (the start, where it is watched) and after each later one. */
function sinceLearnt(run: StudyRun, task: string): number[][] {
  const { result } = run;
  const from = result.bands.find((band) => band.task === task)?.stage ?? 0;
  const rows = result.matrix.filter((row) => row.stage >= from).sort((a, b) => a.stage - b.stage);
  return rows.map((row) => {
    const found = row.scores.find((each) => each.task === task);
    if (!found?.outcomes)
      throw new Error(`${run.name}: no row-by-row outcomes of "${task}" after stage ${row.stage}`);
    return rowScores(found.outcomes, found.score.n);
  });
}

/**
 * Forgetting over tasks: the mean of each one's best score since it was learnt, before the last, less the last.
 * @param runs one a seed, of one method
 */
export function forgettingOf(runs: readonly StudyRun[], tasks: readonly string[]): Estimated {
  const perSeed = runs.map((run) => tasks.map((task) => sinceLearnt(run, task)));
  const lengths = perSeed[0]?.map((lists) => lists.length) ?? [];
  return listsBootstrap(
    perSeed.map((lists) => lists.flat()),
    (means) => {
      let from = 0;
      const lost = lengths.map((length) => {
        const own = means.slice(from, (from += length));
        return Math.max(...own.slice(0, -1)) - (own.at(-1) ?? 0);
      });
      return mean(lost);
    },
  );
}

export interface MethodRow {
  method: string;
  /** Over the known tasks; null where there is none. */
  forgetting: Estimated | null;
  /** Points that each known task lost. */
  drops: Record<string, Estimated>;
  /** Points that the new task gained over the start, and its score at the end. */
  gain: Estimated;
  final: Estimated;
  /** Share of the sequential drop, in per cent, that the method saves; null for sequential itself. */
  saved: Record<string, Estimated> | null;
  /** Mean seconds of training and evaluating. */
  seconds: number;
}

/** @param runs of the comparison, every method with the same seeds */
export function compareMethods(study: Study, runs: readonly StudyRun[]): MethodRow[] {
  const seeds = study.seeds;
  const runOf = (method: string, seed: number): StudyRun => {
    const run = runs.find((each) => each.method === method && each.seed === seed);
    if (!run) throw new Error(`no run of ${method} with seed ${seed}`);
    return run;
  };
  const listsOf = (method: string, task: string, from: 'learnt' | 'start'): number[][][] =>
    seeds.map((seed) => {
      const { before, after } = beforeAndAfter(runOf(method, seed), task, from);
      return [before, after];
    });
  const perTask = (estimate: (task: string) => Estimated): Record<string, Estimated> =>
    Object.fromEntries(study.knownTasks.map((task) => [task, estimate(task)]));
  return Object.keys(study.methods).map((method) => ({
    method,
    forgetting:
      study.knownTasks.length === 0
        ? null
        : forgettingOf(
            seeds.map((seed) => runOf(method, seed)),
            study.knownTasks,
          ),
    drops: perTask((task) => listsBootstrap(listsOf(method, task, 'learnt'), ([a = 0, b = 0]) => a - b)),
    gain: listsBootstrap(listsOf(method, study.newTask, 'start'), ([a = 0, b = 0]) => b - a),
    final: listsBootstrap(listsOf(method, study.newTask, 'start'), ([, b = 0]) => b),
    saved:
      method === 'sequential'
        ? null
        : perTask((task) => {
            const plain = listsOf('sequential', task, 'learnt');
            const own = listsOf(method, task, 'learnt');
            const lists = plain.map((each, s) => [...each, ...(own[s] ?? [])]);
            return listsBootstrap(lists, ([a = 0, b = 0, c = 0, d = 0]) => 100 * (1 - (c - d) / (a - b)));
          }),
    seconds: mean(
      seeds.map((seed) =>
        runOf(method, seed).result.timings.reduce(
          (sum, stage) => sum + stage.trainSeconds + stage.evaluationSeconds,
          0,
        ),
      ),
    ),
  }));
}
