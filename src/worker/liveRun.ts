/** One run from its config, or from a checkpoint, to its end: opens what it needs, runs the plan, keeps it. */
import { RunControl, StopSignal } from '../continual/control';
import { createMethod } from '../continual/methods';
import type { Method } from '../continual/method';
import { plannedBands } from '../continual/budget';
import { prepareTask, type PreparedTask } from '../continual/prepare';
import { aboutTasks, plannedTasks } from '../continual/record';
import { PlanRun, type RunState } from '../continual/run';
import type { CheckpointPlace } from '../continual/observer';
import type { FileProgress, ModelFolder } from '../models/types';
import type { RunResult } from '../run/result';
import type { Store } from '../store/store';

import { keepCheckpoint, type RestoredCheckpoint } from './checkpoints';
import { untilKept } from './keeping';
import type { Event } from './protocol';
import { Recorder } from './recorder';
import { Reporter } from './reporter';
import { checkRoom } from './room';
import type { Services, TrainingModel } from './services';

export interface LiveRunParts {
  state: RunState;
  /** The checkpoint that `state` is from, when the run goes on from one. */
  restored: RestoredCheckpoint | null;
  /** The method is another one than that of `restored`, whose state means nothing to it. */
  adopts?: boolean;
  /** Where the weights are read from: the config's model or the checkpoint's folder. */
  folder: ModelFolder;
  baseUrl: string;
  store: Store;
  services: Services;
  post: (event: Event) => void;
  /** Least seconds between two checkpoints within a stage. */
  checkpointSeconds?: number;
}

/** The loss of a device is told a moment after what it was doing fails. */
const LOSS_TOLD_MS = 500;

export class LiveRun {
  readonly control = new RunControl();
  readonly record: RunResult;
  readonly reporter: Reporter;
  private readonly recorder: Recorder;
  /** Let go once it is back on the device: an optimiser's state is twice the weights. */
  private restored: RestoredCheckpoint | null;
  private readonly parts: Omit<LiveRunParts, 'restored'>;

  constructor({ restored, ...parts }: LiveRunParts) {
    this.parts = parts;
    this.restored = restored;
    this.record = parts.state.record;
    this.reporter = new Reporter(this.record, (event) => {
      this.recorder.changed();
      parts.post(event);
    });
    this.recorder = new Recorder(parts.store.runs, this.record);
  }

  /** Runs to the end, whatever it is, and posts `ended` last; never rejects. */
  async run(): Promise<void> {
    const { record } = this;
    let model: TrainingModel | null = null;
    try {
      model = await this.load();
      await this.train(model);
    } catch (error) {
      record.status = error instanceof StopSignal ? 'stopped' : 'failed';
      if (record.status === 'failed') record.error = messageOf(error);
    } finally {
      this.free(model);
    }
    await this.blameDevice();
    await this.recorder.write().catch((error: unknown) => {
      record.status = 'failed';
      record.error = `${record.error ?? ''} The record could not be kept: ${messageOf(error)}`.trim();
    });
    this.reporter.send({
      type: 'ended',
      runId: record.id,
      status: record.status,
      ...(record.error === undefined ? {} : { error: record.error }),
      result: structuredClone(record),
    });
    // The record stands; written again later it would undo what was measured meanwhile.
    this.recorder.close();
  }

  private async load(): Promise<TrainingModel> {
    const { record, reporter } = this;
    const { services, folder } = this.parts;
    reporter.phase('loading');
    record.device = await services.openDevice(record.config.backend);
    const model = await services.openModel(folder, record.config, (progress) => this.loaded(progress));
    model.watchCompiling?.((compiled, of) => {
      // Thrown into the step that waits for it.
      if (this.control.stopping) throw new StopSignal(false);
      reporter.phase('compiling', `${compiled} of ${of}`, compiled / of);
    });
    record.parameters = model.learner.parameterCount;
    if (model.memory !== undefined) record.memory = model.memory;
    if (model.memoryBytes !== undefined) record.memoryBytes = model.memoryBytes;
    reporter.send({
      type: 'device',
      runId: record.id,
      device: record.device,
      parameters: record.parameters,
    });
    return model;
  }

  private loaded({ path, loaded, total }: FileProgress): void {
    // Thrown into the stream, which ends the download.
    if (this.control.stopping) throw new StopSignal();
    this.reporter.phase('loading', path, total === undefined ? undefined : loaded / total);
  }

  private async train(model: TrainingModel): Promise<void> {
    const { record, reporter, recorder, control } = this;
    const { services } = this.parts;
    const tasks = await this.prepare(model);
    this.plan(tasks);
    await checkRoom(this.parts.store, record);
    await recorder.write();
    const method = createMethod(record.config.method);
    const { restored } = this;
    if (restored) goOnWith(model, restored);
    this.restored = null;
    const plan = new PlanRun({
      state: this.parts.state,
      ...(restored && !this.parts.adopts
        ? { optimizer: restored.optimizer, methodState: restored.method }
        : {}),
      ...(this.parts.adopts === true ? { adopts: true } : {}),
      tasks,
      learner: model.learner,
      codec: model.codec,
      method,
      control,
      observer: reporter,
      save: (place, state, optimizer) => this.save(model, method, place, state, optimizer),
      yieldToHost: () => services.yieldToHost(),
      ...(this.parts.checkpointSeconds === undefined
        ? {}
        : { checkpointSeconds: this.parts.checkpointSeconds }),
    });
    reporter.left = () => plan.left();
    const lost = services.deviceLost().then((reason) => {
      throw new Error(lossOf(reason));
    });
    await Promise.race([plan.run(), lost]);
  }

  /** What is under way on a device that is taken away fails in its own words, and often before the loss is told. */
  private async blameDevice(): Promise<void> {
    if (this.record.status !== 'failed' || this.record.device?.backend !== 'webgpu') return;
    const nothing = new Promise<null>((resolve) => setTimeout(() => resolve(null), LOSS_TOLD_MS));
    const reason = await Promise.race([this.parts.services.deviceLost(), nothing]);
    if (reason !== null) this.record.error = lossOf(reason);
  }

  private async prepare(model: TrainingModel): Promise<PreparedTask[]> {
    const { record, reporter, control } = this;
    const { services, store, baseUrl } = this.parts;
    const { config } = record;
    const trained = new Set([
      ...config.plan.stages.map((stage) => stage.task),
      ...(config.plan.rehearsed ?? []),
    ]);
    const breathe = async (): Promise<void> => {
      await services.yieldToHost();
      if (control.stopping) throw new StopSignal();
    };
    const tasks: PreparedTask[] = [];
    for (const id of plannedTasks(config)) {
      const task = config.tasks.find((t) => t.id === id);
      if (!task) throw new Error(`The plan names the task "${id}", which the config does not have.`);
      reporter.phase('loading', task.name);
      await breathe();
      const parts = await services.loadTask(task, store, baseUrl, breathe);
      tasks.push(await prepareTask(task, parts, model.codec, config, trained.has(id), breathe));
    }
    return tasks;
  }

  /** Sets what the plan comes to, or checks that it is what it was when the run began. */
  private plan(tasks: readonly PreparedTask[]): void {
    const { record, reporter } = this;
    const bands = plannedBands(record.config, tasks);
    if (this.restored && JSON.stringify(bands) !== JSON.stringify(record.bands)) {
      throw new Error('The data of a task is not what it was when the run began, so the run cannot go on.');
    }
    record.bands = bands;
    record.totalSteps = bands.at(-1)?.to ?? 0;
    const about = aboutTasks(tasks);
    Object.assign(record, about);
    const { id: runId, totalSteps } = record;
    reporter.send(structuredClone({ type: 'planned', runId, totalSteps, bands, ...about }));
  }

  private async save(
    model: TrainingModel,
    method: Method,
    place: CheckpointPlace,
    state: RunState,
    optimizer: boolean,
  ): Promise<void> {
    const { adapters } = model.learner;
    const { stage, step } = place;
    const keep = async (): Promise<void> => {
      const { checkpointId, bytes } = await keepCheckpoint(this.parts.store, place, {
        parts: model.checkpointParts(),
        state: model.base === undefined ? state : { ...state, base: model.base },
        ...(adapters ? { adapters: adapters.tensors() } : {}),
        ...(optimizer ? { optimizer: model.learner.optimizerState() } : {}),
        ...(method.state ? { method: method.state() } : {}),
      });
      this.reporter.send({ type: 'checkpoint', runId: this.record.id, checkpointId, stage, step, bytes });
      await this.recorder.write();
    };
    await untilKept(`The checkpoint at step ${step}`, keep, this);
  }

  private free(model: TrainingModel | null): void {
    try {
      model?.dispose();
    } catch {
      // A lost device cannot free anything, and there is nothing left to free on it.
    }
  }
}

/** Puts the adapters of a checkpoint back beside the weights that they were trained beside. */
function goOnWith({ base, learner }: TrainingModel, { state, adapters }: RestoredCheckpoint): void {
  if (base !== state.base)
    throw new Error(
      'The model is not the one that this run began with, so its adapters cannot go on being trained.',
    );
  if (learner.adapters) learner.adapters.restore(adapters);
}

const lossOf = (reason: string): string => `${reason} The run can go on from its last checkpoint.`;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
