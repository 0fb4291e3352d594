/** Answers the page's commands: the worker's logic, without the worker. */
import { RunControl, StopSignal } from '../continual/control';
import { newRecord } from '../continual/record';
import { keptFolder, urlFolder } from '../models/folder';
import { parseRunConfig, type RunConfig } from '../run/config';
import { CalledOff } from '../run/calledOff';
import { holdRun, holdTraining } from '../run/live';
import type { RunResult } from '../run/result';
import { checkpointFolder, type Store } from '../store/store';
import { readCheckpoint } from './checkpoints';
import { exportCheckpoint, type Export } from './exporting';
import { exportHandoff } from './handoff';
import { forkOf } from './fork';
import { LiveRun } from './liveRun';
import { folderOf } from './modelSource';
import { carryMeasured, measure } from './measuring';
import { Outgoing, type Taken } from './outgoing';
import type { Answer, Command, Event, Measurement } from './protocol';
import type { Services } from './services';
import { soundCheckpoint } from './soundness';
import { Tryouts } from './tryouts';

type Asking = Exclude<Extract<Command, { id: number }>, Taken>;

/** What a run begins with, or goes on from. */
type Opened = Pick<ConstructorParameters<typeof LiveRun>[0], 'state' | 'restored' | 'folder' | 'adopts'>;

export interface SessionOptions {
  /** Least seconds between two checkpoints within a stage. */
  checkpointSeconds?: number;
}

export class Session {
  private baseUrl = '';
  /** The one run that is being started, going or paused. */
  private active: { control: RunControl } | null = null;
  private readonly tryouts: Tryouts;
  private readonly outgoing = new Outgoing();

  constructor(
    private readonly services: Services,
    private readonly post: (event: Event, transfer?: Transferable[]) => void,
    private readonly options: SessionOptions = {},
  ) {
    this.tryouts = new Tryouts(services, () => this.active !== null);
  }

  handle(command: Command): void {
    switch (command.type) {
      case 'open':
        this.baseUrl = command.baseUrl;
        break;
      case 'pause':
        this.active?.control.pause();
        break;
      case 'continue':
        this.active?.control.continue();
        break;
      case 'stop':
        this.active?.control.stop();
        break;
      case 'taken':
      case 'enough':
        this.outgoing.heard(command);
        break;
      case 'probe':
      case 'speed':
      case 'start':
      case 'resume':
      case 'measure':
      case 'export':
      case 'tryout':
      case 'handoff':
        void this.answer(command);
    }
  }

  private async answer(command: Asking): Promise<void> {
    const { id } = command;
    try {
      this.post({ type: 'answered', id, value: await this.ask(command) });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.post({ type: 'refused', id, message, ...(error instanceof CalledOff && { calledOff: true }) });
    }
  }

  private async ask(command: Asking): Promise<Answer> {
    switch (command.type) {
      case 'probe':
        return { of: 'probe', probe: await this.services.probe() };
      case 'speed':
        return await this.speed(command.config);
      case 'start':
        return { of: 'start', result: await this.start(command.runId, command.config) };
      case 'resume':
        return { of: 'resume', result: await this.resume(command.runId) };
      case 'measure':
        return { of: 'measure', result: await this.measure(command.runId, command.wanted) };
      case 'export':
        return await this.send(
          command.id,
          exportCheckpoint(await this.services.store(), command.runId, command.checkpointId, command.content),
        );
      case 'handoff': {
        const { id, config, result } = command;
        return await this.send(id, exportHandoff(this.services, this.baseUrl, config, result));
      }
      case 'tryout':
        return await this.tryouts.ask(command.question, this.baseUrl);
    }
  }

  private async speed(config: RunConfig): Promise<Answer> {
    const { services, baseUrl } = this;
    const { model } = config;
    // The bundled model's config by itself: asking the cache for a file would bring in the weights.
    const folder =
      model.source === 'bundled'
        ? urlFolder(new URL(`models/${model.name}/`, baseUrl).href)
        : await folderOf(model, await services.store(), baseUrl, () => undefined);
    return await this.tryouts.borrow(async () => {
      const device = await services.openDevice(config.backend);
      return { of: 'speed', device, stepSeconds: await services.measureStep(folder, config) };
    });
  }

  private async start(runId: string, given: RunConfig): ReturnType<Session['begin']> {
    return await this.begin(runId, async (store, breathe) => {
      const parsed = parseRunConfig(given);
      if (!parsed.ok) {
        throw new Error(parsed.problems.map((p) => `${p.path || 'config'}: ${p.message}`).join('; '));
      }
      const { config } = parsed;
      if (config.fork) return await this.fork(store, runId, { ...config, fork: config.fork }, breathe);
      const record = newRecord(runId, config, new Date().toISOString());
      const folder = await folderOf(config.model, store, this.baseUrl, (message) => console.warn(message));
      return { state: { version: 1, record, stagesTrained: 0 }, restored: null, folder };
    });
  }

  private async resume(runId: string): ReturnType<Session['begin']> {
    return await this.begin(runId, async (store, breathe) => {
      const kept = await store.runs.get(runId);
      if (!kept) throw new Error('This run is no longer kept in this browser.');
      if (kept.status === 'finished')
        throw new Error('This run is finished; there is nothing to go on with.');
      const opened = await this.whereItStood(store, kept, breathe);
      carryMeasured(kept, opened.state);
      return opened;
    });
  }

  private async whereItStood(store: Store, kept: RunResult, breathe: () => Promise<void>): Promise<Opened> {
    const { id: runId, name } = kept;
    const last = await soundCheckpoint(store, runId, breathe);
    const { fork } = kept.config;
    if (!last && fork) return await this.fork(store, runId, { ...kept.config, name, fork }, breathe);
    if (!last) {
      // It never came to its first checkpoint, so it starts over.
      const record = { ...newRecord(runId, kept.config, kept.createdAt), name };
      const folder = await folderOf(kept.config.model, store, this.baseUrl, (m) => console.warn(m));
      return { state: { version: 1, record, stagesTrained: 0 }, restored: null, folder };
    }
    const restored = await readCheckpoint(store, runId, last.checkpointId, breathe);
    const { record } = restored.state;
    // What people may have changed since the checkpoint.
    record.name = name;
    delete record.error;
    record.status = 'running';
    // The checkpoint's model has the adapters added up; what they go beside is the run's own model.
    const folder = record.config.lora
      ? await folderOf(record.config.model, store, this.baseUrl, (m) => console.warn(m))
      : await keptFolder(store.folders, checkpointFolder(runId, last.checkpointId), record.name);
    return { state: restored.state, restored, folder };
  }

  private async fork(
    store: Store,
    runId: string,
    config: Parameters<typeof forkOf>[2],
    breathe: () => Promise<void>,
  ) {
    const fork = await forkOf(store, runId, config, breathe);
    const at = checkpointFolder(config.fork.runId, config.fork.checkpointId);
    const folder = config.lora
      ? await folderOf(config.model, store, this.baseUrl, (message) => console.warn(message))
      : await keptFolder(store.folders, at, fork.state.record.name);
    return { ...fork, folder };
  }

  /**
   * Holds the run, keeps its record and lets it go on by itself.
   * @param open what it goes on from; `breathe` is to be called as that is read, and throws once it is to stop
   */
  private async begin(runId: string, open: (store: Store, breathe: () => Promise<void>) => Promise<Opened>) {
    if (this.active) throw new Error('A run is going already; stop it first.');
    // Held from here on, so that two commands in a row cannot both begin.
    const { control } = (this.active = { control: new RunControl() });
    let release: (() => void) | null = null;
    try {
      const held = await holdTraining(runId);
      if (held === 'run') throw new Error('This run is going on in another tab.');
      if (held === 'trainer') throw new Error('Another tab is training a run; stop that one first.');
      release = held;
      const { services, post, baseUrl, options } = this;
      // A run takes the device for itself.
      await this.tryouts.close();
      const store = await services.store();
      const opened = await open(store, async () => {
        await services.yieldToHost();
        if (control.stopping) throw new StopSignal();
      });
      await store.runs.put(opened.state.record);
      const run = new LiveRun({ ...opened, ...options, baseUrl, store, services, post });
      if (control.stopping) run.control.stop();
      else if (control.pausing) run.control.pause();
      this.active = run;
      const letGo = release;
      const result = structuredClone(run.record);
      // After the answer is out, so that the page knows the run before it hears of it.
      void services
        .yieldToHost()
        .then(() => run.run())
        .finally(() => {
          this.active = null;
          letGo();
        });
      return result;
    } catch (error) {
      this.active = null;
      release?.();
      if (error instanceof StopSignal)
        throw new CalledOff('Stopped before it went on; it is as it was.', { cause: error });
      throw error;
    }
  }

  private async measure(runId: string, wanted: Measurement): Promise<RunResult> {
    if (this.active) throw new Error('A run is going already; stop it first.');
    const control = new RunControl();
    this.active = { control };
    let release: (() => void) | null = null;
    try {
      release = await holdRun(runId);
      if (!release) throw new Error('This run is going on in another tab.');
      await this.tryouts.close();
      const { services, baseUrl } = this;
      return await measure(runId, wanted, { services, store: await services.store(), baseUrl, control });
    } finally {
      this.active = null;
      release?.();
    }
  }

  private async send(id: number, made: Promise<Export>): Promise<Answer> {
    const { fileName, chunks } = await made;
    const bytes = await this.outgoing.send(id, chunks, (piece, transfer) =>
      this.post({ type: 'chunk', id, bytes: piece }, transfer),
    );
    return { of: 'export', fileName, bytes };
  }
}
