/**
 * Runs a plan: scores every task before training, trains the stages one after the other, scores again every so
 * many steps and after each stage. The record it fills is all its state beside the learner's and the method's,
 * so a run goes on from any checkpoint exactly as if it had never been broken off.
 */
import type { NamedTensor, TokenizedExample } from '../engine/types';
import { trainsJointly } from '../run/methods';
import type { RunResult } from '../run/result';
import { CheckpointClock } from './checkpointClock';
import { type RunControl, StopSignal } from './control';
import { explain } from './failure';
import type { Learner, TextCodec } from './learner';
import { MeteredLearner } from './metered';
import { relearn, relearningLeft, type RelearningSoFar } from './relearn';
import { explodedAbove, ExplosionWatch, LossQueue } from './lossQueue';
import type { Method, StageContext } from './method';
import type { CheckpointPlace, RunObserver, WorkLeft } from './observer';
import { evaluationSteps, stageSeed } from './order';
import type { PreparedTask } from './prepare';
import { metricsOfRecord } from './metrics';
import { costOf, timingOf } from './record';
import { Scoring, type ScoringState } from './scoring';
import { rehearsedOf, stagesOf, type StageData } from './stageData';
import { StepTimes } from './stepTimes';

/** What a checkpoint holds beside weights, optimiser and the method's tensors; JSON. */
export interface RunState {
  version: 1;
  /** The record at the moment of the checkpoint, with every loss read. */
  record: RunResult;
  /** Stages whose last step is done and after which the method has done its work. */
  stagesTrained: number;
  /** What was being scored; absent where nothing was, and in checkpoints of earlier versions of the page. */
  scoring?: ScoringState;
  /** Tells the frozen weights that the adapters of the checkpoint go beside from any others. */
  base?: string;
}

export interface RunParts {
  /** Where the run stands: a new record with its bands, or a checkpoint's state. */
  state: RunState;
  /** Tensors of that checkpoint when it lies within a stage. */
  optimizer?: readonly NamedTensor[];
  /** Those of the plan, in its order: stages, then watched. */
  tasks: readonly PreparedTask[];
  learner: Learner;
  codec: TextCodec;
  method: Method;
  /** The tensors of the method in that checkpoint. */
  methodState?: readonly NamedTensor[];
  /** The stages so far were another method's: this one makes of them what it can, before it goes on. */
  adopts?: boolean;
  control: RunControl;
  observer: RunObserver;
  /** Keeps a checkpoint; `optimizer` says whether the optimiser's state belongs in it. */
  save: (place: CheckpointPlace, state: RunState, optimizer: boolean) => Promise<void>;
  /** Lets messages and timers through. */
  yieldToHost: () => Promise<void>;
  /** Seconds, from any start. */
  now?: () => number;
  /** Least seconds between two checkpoints within a stage. */
  checkpointSeconds?: number;
}

export class PlanRun {
  private readonly record: RunResult;
  private readonly now: () => number;
  private readonly scoring: Scoring;
  private readonly clock: CheckpointClock;
  private readonly losses: LossQueue;
  private stagesTrained: number;
  private stages: StageData[] | null = null;
  /** What methods are given. */
  private readonly learner: Learner;
  private readonly stepTimes = new StepTimes();
  private readonly again: RelearningSoFar = { task: '', steps: 0, points: 0 };
  /** Let go once it is back on the device. */
  private optimizer: readonly NamedTensor[] | null;
  private readonly parts: Omit<RunParts, 'optimizer' | 'methodState'>;

  constructor({ optimizer, methodState, ...parts }: RunParts) {
    this.parts = parts;
    this.optimizer = optimizer ?? null;
    this.record = parts.state.record;
    this.stagesTrained = parts.state.stagesTrained;
    this.learner = new MeteredLearner(parts.learner, costOf(this.record));
    if (methodState) parts.method.restore?.(methodState, this.learner);
    this.now = parts.now ?? (() => performance.now() / 1000);
    this.clock = new CheckpointClock(this.now, parts.checkpointSeconds);
    const explosion = new ExplosionWatch(explodedAbove(parts.state.record.config.method));
    this.losses = new LossQueue((step, loss) => {
      explosion.note(step, loss);
      this.record.losses[step] = loss;
      parts.observer.losses(step, [loss]);
    });
    const { tasks, learner, codec, observer } = parts;
    const breathe = (): Promise<void> => this.breathe();
    const { record, now, clock } = this;
    this.scoring = new Scoring(
      { record, tasks, learner, codec, observer, breathe, now, changed: () => clock.changed() },
      parts.state.scoring,
    );
  }

  /** Steps and rows to the end of the run, what is learnt again included. */
  left(): WorkLeft {
    const { record } = this;
    const again = relearningLeft(record, this.again);
    return {
      steps: record.totalSteps - record.step + again.steps,
      rows: this.scoring.rowsLeft(again.points),
    };
  }

  /** Runs to the end. The record's status then is finished, stopped or failed; it does not throw. */
  async run(): Promise<void> {
    try {
      this.record.status = 'running';
      await this.runStages();
      this.record.status = 'finished';
    } catch (error) {
      await this.end(error);
    }
  }

  private async runStages(): Promise<void> {
    const { record, scoring } = this;
    if (record.matrix.length === 0) {
      await scoring.addPoints(0);
      await scoring.addRow(0);
    }
    for (const band of record.bands) {
      if (record.matrix.length > band.stage) {
        if (this.parts.adopts) await this.adopt(band);
        continue;
      }
      await this.train(band);
      await scoring.addPoints(band.stage);
      await scoring.addRow(band.stage);
      await this.save({ kind: 'stage', stage: band.stage, step: record.step });
    }
    await this.relearn();
  }

  /** Of nothing here is a checkpoint kept: the last stage's stands, and a resumed run begins anew after it. */
  private async relearn(): Promise<void> {
    const { record, parts, scoring } = this;
    const { relearn: plan } = record.config.plan;
    if (!plan || trainsJointly(record.config.method)) return;
    const { learner, observer } = parts;
    const stages = this.stagesOf().slice(0, -1);
    await relearn(record, {
      learner,
      stages,
      steps: plan.steps,
      score: (task, stage) => scoring.scoreValidation(task, stage),
      breathe: async (task) => {
        await this.breathe();
        observer.phase('relearning', task.name, this.again.steps / plan.steps);
      },
      soFar: this.again,
    });
    record.metrics = metricsOfRecord(record);
  }

  private stagesOf(): StageData[] {
    const { record, parts } = this;
    return (this.stages ??= stagesOf(record.config, parts.tasks, record.bands));
  }

  private contextOf({ stage }: RunResult['bands'][number]): StageContext {
    const { config } = this.record;
    const { batchSize, seed } = config;
    const stages = this.stagesOf();
    const { task, steps } = stages[stage - 1] as StageData;
    // Joint training has them in its one stage.
    const rehearsed = trainsJointly(config.method) ? [] : rehearsedOf(config, this.parts.tasks);
    const earlier = [...rehearsed, ...stages.slice(0, stage - 1)].map((data) => data.task);
    const breathe = (): Promise<void> => this.breathe(false);
    return {
      stage,
      steps,
      task,
      batchSize,
      seed,
      learner: this.learner,
      earlier,
      rehearsed,
      stages,
      breathe,
    };
  }

  /** A stage that another method trained, at the weights that it goes on from. */
  private async adopt(band: RunResult['bands'][number]): Promise<void> {
    const context = this.contextOf(band);
    // No adapter of a stage begins here: they are there, as the checkpoint has them.
    this.learner.beginStage({ steps: context.steps, seed: stageSeed(context.seed, band.stage) });
    await this.parts.method.adopt?.(context);
  }

  private async train(band: RunResult['bands'][number]): Promise<void> {
    if (this.stagesTrained >= band.stage) return;
    const { record, parts, losses } = this;
    const { method, observer } = parts;
    const { learner } = this;
    const { config } = record;
    const { batchSize, seed } = config;
    const stage = this.contextOf(band);
    const { task, order, steps } = this.stagesOf()[band.stage - 1] as StageData;
    learner.beginStage({ stage: band.stage, steps, seed: stageSeed(seed, band.stage) });
    if (record.step > band.from) learner.restoreOptimizer(this.optimizer ?? [], record.step - band.from);
    else await method.begin?.(stage);
    this.optimizer = null;
    const due = new Set(evaluationSteps(record.bands, config.evaluation.everySteps));
    while (record.step < band.to) {
      // A checkpoint may lie between a step and its evaluation, so what is due is looked at first.
      if (record.step > band.from && due.has(record.step)) {
        await losses.flush();
        await this.scoring.addPoints(band.stage);
      }
      await this.breathe();
      observer.phase(this.stepTimes.any ? 'training' : 'compiling', task.name);
      const from = this.now();
      const step = record.step - band.from;
      const rows = order.rows(step * batchSize, batchSize);
      const examples = rows.map((row) => task.train[row] as TokenizedExample);
      const reading = method.step({ ...stage, step, examples });
      record.step++;
      this.clock.changed();
      await losses.add(record.step - 1, reading);
      this.addStepTime(band.stage, this.now() - from);
    }
    const from = this.now();
    await losses.flush();
    await method.end?.(stage);
    timingOf(record, band.stage).trainSeconds += this.now() - from;
    this.stepTimes.forget();
    this.stagesTrained = band.stage;
    this.clock.changed();
  }

  private addStepTime(stage: number, seconds: number): void {
    const timing = timingOf(this.record, stage);
    timing.trainSeconds += seconds;
    const usual = this.stepTimes.add(seconds);
    if (usual === null) return;
    timing.stepSeconds = usual;
    this.parts.observer.measured({ kind: 'step', seconds });
  }

  /**
   * Between two pieces of work: lets messages in, rests while paused, keeps a checkpoint when one is due.
   * @param whole false in the middle of what a method does between steps, of which no checkpoint may be kept
   */
  private async breathe(whole = true): Promise<void> {
    const { control, observer } = this.parts;
    await this.parts.yieldToHost();
    if (control.pausing) {
      this.record.status = 'paused';
      if (whole) await this.saveWithinStage();
      observer.phase('paused');
      await control.untilWanted();
      this.record.status = 'running';
      if (!control.stopping) observer.continued();
    }
    if (control.stopping) throw new StopSignal(whole);
    if (!whole || !this.clock.due) return;
    await this.saveWithinStage();
    observer.continued();
  }

  private async saveWithinStage(): Promise<void> {
    if (!this.clock.dirty) return;
    const { matrix, step } = this.record;
    await this.save({ kind: 'step', stage: Math.max(0, matrix.length - 1), step });
  }

  private async save(place: CheckpointPlace): Promise<void> {
    await this.losses.flush();
    this.parts.observer.phase('saving');
    const from = this.now();
    const band = this.record.bands[place.stage];
    // Every stage begins with a fresh optimiser, so its state matters only within one.
    const within = band !== undefined && this.stagesTrained < band.stage && this.record.step > band.from;
    const optimizer = place.kind === 'step' && within;
    await this.parts.save(place, this.state(), optimizer);
    const seconds = this.now() - from;
    this.clock.saved(seconds);
    this.parts.observer.measured({ kind: 'save', seconds });
  }

  private state(): RunState {
    const { record, stagesTrained, scoring } = this;
    return { version: 1, record, stagesTrained, ...(scoring.state && { scoring: scoring.state }) };
  }

  private async end(error: unknown): Promise<void> {
    if (!(error instanceof StopSignal)) {
      this.losses.discard();
      this.record.status = 'failed';
      this.record.error = explain(error, this.record, this.parts.learner);
      return;
    }
    this.record.status = 'stopped';
    if (!error.whole) {
      this.losses.discard();
      return;
    }
    try {
      await this.saveWithinStage();
    } catch (failure) {
      await this.end(failure);
    }
  }
}
