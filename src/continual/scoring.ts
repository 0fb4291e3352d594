/** Fills the evaluation curve and the accuracy matrix of a run's record with what they lack at its present step. */
import { ALL_TASKS } from '../run/methods';
import type { EvaluationPoint, MatrixRow, RunResult, TestScore } from '../run/result';
import { evaluationSteps } from './order';
import { evaluateTask, noRowsScored, type Asked, type Evaluated, type RowsScored } from './evaluate';
import type { Learner, TextCodec } from './learner';
import { DivergedError } from './lossQueue';
import { metricsOfRecord } from './metrics';
import type { RunObserver } from './observer';
import { knowledgeScore, labelsOf, lostExamples, outcomesOf } from './outcome';
import type { EvaluationRow, PreparedTask } from './prepare';
import { timingOf, withAnswers } from './record';

/** What has been scored for a set of points or a row of R that is not whole yet; JSON. */
export interface ScoringState {
  of: 'points' | 'row';
  step: number;
  stage: number;
  tasks: Record<string, RowsScored>;
}

export interface ScoringParts {
  record: RunResult;
  /** Those of the plan, in its order: stages, then watched. */
  tasks: readonly PreparedTask[];
  learner: Learner;
  codec: TextCodec;
  observer: RunObserver;
  /** Called between batches; may wait, and throws to break off. */
  breathe: () => Promise<void>;
  /** Rows were scored that no checkpoint has yet. */
  changed: () => void;
  /** Seconds, from any start. */
  now: () => number;
}

const nothing: Asked = { samples: 0, knowledge: { examples: 0, labels: 2 } };

export class Scoring {
  /** Rows already scored of a task in an evaluation that goes on. */
  private inProgress: { task: string; rows: number } | null = null;

  /** @param pending of the checkpoint that the run goes on from */
  constructor(
    private readonly parts: ScoringParts,
    private pending: ScoringState | null = null,
  ) {}

  /** For a checkpoint; null while nothing is half done. */
  get state(): ScoringState | null {
    return this.pending;
  }

  /** What is pending of these points or this row; anything else is dropped. */
  private begin(of: ScoringState['of'], stage: number): ScoringState {
    const { step } = this.parts.record;
    const { pending } = this;
    if (pending?.of === of && pending.step === step && pending.stage === stage) return pending;
    return (this.pending = { of, step, stage, tasks: {} });
  }

  /** Scores every task that has no point at this step on its validation rows. */
  async addPoints(stage: number): Promise<void> {
    const { record, tasks, observer } = this.parts;
    const { step } = record;
    const pending = this.begin('points', stage);
    for (const task of tasks) {
      if (record.evaluations.some((p) => p.step === step && p.task === task.id)) continue;
      const { score, loss } = await this.evaluate(task, task.validation, nothing, stage, pending);
      const point: EvaluationPoint = { step, stage, task: task.id, score, loss };
      record.evaluations.push(point);
      observer.evaluations([point]);
      this.parts.changed();
    }
    this.pending = null;
  }

  /** The score of a task on its validation rows, for no record. */
  async scoreValidation(task: PreparedTask, stage: number): Promise<Pick<EvaluationPoint, 'score' | 'loss'>> {
    const { score, loss } = await this.evaluate(task, task.validation, nothing, stage);
    return { score, loss };
  }

  /** Scores every task on its test rows: a whole row of R, with the answers to the sample prompts. */
  async addRow(stage: number): Promise<void> {
    const { record, tasks, observer } = this.parts;
    const { samples, knowledge } = record.config.evaluation;
    const labels = labelsOf(tasks);
    const scores: TestScore[] = [];
    const answered: { task: PreparedTask; evaluated: Evaluated }[] = [];
    const pending = this.begin('row', stage);
    for (const task of tasks) {
      const evaluated = await this.evaluate(task, task.test, { samples, knowledge }, stage, pending);
      const { score, loss, insideLabelSet } = evaluated;
      const known = knowledgeScore(evaluated);
      scores.push({
        task: task.id,
        metric: task.metric,
        score,
        loss,
        ...(insideLabelSet === undefined ? {} : { insideLabelSet }),
        ...(known ? { knowledge: known } : {}),
        outcomes: outcomesOf(task, evaluated, labels),
      });
      answered.push({ task, evaluated });
    }
    // All at once and only now: a row broken off half way leaves no trace.
    const row: MatrixRow = { stage, step: record.step, scores };
    record.matrix.push(row);
    for (const { task, evaluated } of answered) {
      record.samples = withAnswers(record.samples, task, evaluated, samples, stage);
      const own = record.bands.find((band) => band.task === task.id || band.task === ALL_TASKS);
      const learnt = task.train.length > 0 ? (own?.stage ?? 0) : 0;
      const before = learnt < stage ? record.matrix[learnt] : undefined;
      if (before)
        record.lost = [...(record.lost ?? []), ...lostExamples(before, task, evaluated, stage, samples)];
    }
    record.metrics = metricsOfRecord(record);
    this.pending = null;
    observer.row(row);
  }

  /**
   * Rows of each task still to be scored until the end of the run, over curve and matrix.
   * @param again how often a task is scored beside, on its validation rows
   */
  rowsLeft(again: ReadonlyMap<string, number>): Map<string, number> {
    const { record, tasks } = this.parts;
    const every = record.config.evaluation.everySteps;
    const points = evaluationSteps(record.bands, every).filter((step) => step >= record.step);
    const rows = record.bands.length + 1 - record.matrix.length;
    const left = new Map<string, number>();
    for (const task of tasks) {
      const done = record.evaluations.some((p) => p.step === record.step && p.task === task.id);
      const passes = points.length - (done && points[0] === record.step ? 1 : 0) + (again.get(task.id) ?? 0);
      const begun = this.inProgress?.task === task.id ? this.inProgress.rows : 0;
      const all = passes * task.validation.length + Math.max(0, rows) * task.test.length;
      left.set(task.id, Math.max(0, all - begun));
    }
    return left;
  }

  private async evaluate(
    task: PreparedTask,
    rows: readonly EvaluationRow[],
    asked: Asked,
    stage: number,
    pending?: ScoringState,
  ): Promise<Evaluated> {
    const { record, changed, learner, codec, observer, breathe, now } = this.parts;
    const timing = timingOf(record, stage);
    // What happens while breathing, a pause or a checkpoint, is nobody's evaluation time.
    let from = now();
    let seconds = 0;
    const lap = (): void => {
      seconds += now() - from;
      from = now();
    };
    observer.phase('scoring', task.name, 0);
    // What is scored for no record is kept in no checkpoint: the weights may be others than the run's.
    const scored = pending ? (pending.tasks[task.id] ??= noRowsScored(rows.length)) : undefined;
    const work = {
      breathe: async () => {
        lap();
        await breathe();
        from = now();
      },
      progress: (done: number, since: number) => {
        lap();
        timing.evaluationSeconds += seconds;
        observer.measured({ kind: 'rows', task: task.id, rows: since, seconds });
        seconds = 0;
        this.inProgress = { task: task.id, rows: done };
        if (pending) changed();
        observer.phase('scoring', task.name, done / rows.length);
      },
    };
    try {
      const { evaluation } = record.config;
      const evaluated = await evaluateTask(learner, codec, task, rows, evaluation, asked, work, scored);
      // A diverged step shows here first when it was the last before an evaluation.
      if (!Number.isFinite(evaluated.loss)) throw new DivergedError(record.step - 1, evaluated.loss);
      return evaluated;
    } finally {
      this.inProgress = null;
    }
  }
}
