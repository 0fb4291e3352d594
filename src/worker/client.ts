/** What the page holds of the trainer worker: typed promises for commands, a subscription for events. */
import { CalledOff } from '../run/calledOff';
import type { RunConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { ownWorker } from '../security/ownWorker';
import { incoming, type Taken } from './outgoing';
import type { Answer, Command, DeviceProbe, Event, Measurement, TryoutQuestion } from './protocol';
import trainerUrl from './trainer.worker.ts?worker&url';
import { Vigil, type VigilOptions } from './vigil';
import { Watchdog, type WatchdogOptions } from './watchdog';

export interface ClientOptions {
  /** Address that models, sample tasks and relative paths are found under; the document's own by default. */
  baseUrl?: string;
  /** The record that the store has of a run, for when the worker dies and can no longer say. */
  lastKnown?: (runId: string) => Promise<RunResult | null>;
  createWorker?: () => Worker;
  /** When the silence of a going run is told of. */
  watchdog?: WatchdogOptions;
  /** How a worker that ended without a word is noticed. */
  vigil?: VigilOptions;
}

interface Pending {
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
  chunk: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/** A file as it is made; its name and size at the end. */
export type Pieces = AsyncGenerator<Uint8Array<ArrayBuffer>, { fileName: string; bytes: number }, undefined>;

type Question =
  Exclude<Command, Taken> extends infer C ? (C extends { id: number } ? Omit<C, 'id'> : never) : never;

export class TrainerClient {
  private worker: Worker | null = null;
  private nextId = 1;
  private readonly pending = new Map<number, Pending>();
  private readonly listeners = new Set<(event: Event) => void>();
  /** The run that the worker holds, as it was at its start. */
  private held: RunResult | null = null;
  private readonly watchdog: Watchdog;
  private readonly vigil: Vigil;

  constructor(private readonly options: ClientOptions = {}) {
    this.watchdog = new Watchdog((seconds) => {
      if (this.held) this.tell({ type: 'stalled', runId: this.held.id, seconds });
    }, options.watchdog);
    this.vigil = new Vigil(() => this.died('The trainer ended without a word.'), options.vigil);
  }

  async probe(): Promise<DeviceProbe> {
    const answer = await this.ask({ type: 'probe' });
    if (answer.of !== 'probe') throw unexpected(answer);
    return answer.probe;
  }

  /** How long a training step of such a run takes on this machine. @throws Error while the device is in use */
  async speed(config: RunConfig): Promise<Extract<Answer, { of: 'speed' }>> {
    const answer = await this.ask({ type: 'speed', config });
    if (answer.of !== 'speed') throw unexpected(answer);
    return answer;
  }

  /** @returns the run's first record; the rest comes as events */
  async start(runId: string, config: RunConfig): Promise<RunResult> {
    return await this.begin({ type: 'start', runId, config });
  }

  /** Goes on from the last checkpoint. @returns the record as it was then */
  async resume(runId: string): Promise<RunResult> {
    return await this.begin({ type: 'resume', runId });
  }

  pause(): void {
    this.post({ type: 'pause' });
  }

  continue(): void {
    this.post({ type: 'continue' });
  }

  stop(): void {
    this.post({ type: 'stop' });
  }

  /** A checkpoint as the zip of a Hugging Face folder, or its adapters as PEFT's, in pieces as they are made. */
  exportCheckpoint(runId: string, checkpointId: string, content: 'model' | 'adapter' = 'model'): Pieces {
    return this.pieces({ type: 'export', runId, checkpointId, content });
  }

  /** A zip that repeats a plan on PyTorch; a result that is given goes with it, to be compared with. */
  exportHandoff(config: RunConfig, result?: RunResult): Pieces {
    return this.pieces({ type: 'handoff', config, ...(result && { result }) });
  }

  private async *pieces(question: Extract<Question, { type: 'export' | 'handoff' }>): Pieces {
    const answer = yield* incoming<Answer>(
      (piece) => this.asked(question, piece),
      (message) => this.worker?.postMessage(message),
    );
    if (answer.of !== 'export') throw unexpected(answer);
    return { fileName: answer.fileName, bytes: answer.bytes };
  }

  /**
   * Measures checkpoints of a run that is over; the record in the store grows meanwhile, and `stop` ends it early.
   * @returns the record with what was measured
   */
  async measure(runId: string, wanted: Measurement): Promise<RunResult> {
    const answer = await this.ask({ type: 'measure', runId, wanted });
    if (answer.of !== 'measure') throw unexpected(answer);
    return answer.result;
  }

  /** Asks about adapters on a model, while no run is going. @returns what there is now; null once it is closed */
  async tryout(question: TryoutQuestion): Promise<Extract<Answer, { of: 'tryout' }>> {
    const answer = await this.ask({ type: 'tryout', question });
    if (answer.of !== 'tryout') throw unexpected(answer);
    return answer;
  }

  /** @returns the function that stops listening */
  onEvent(listener: (event: Event) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Ends the worker at once, as closing the tab would; the next command starts another. */
  terminate(): void {
    this.died('The trainer was ended.');
  }

  private async begin(
    question: Extract<Question, { runId: string; type: 'start' | 'resume' }>,
  ): Promise<RunResult> {
    const answer = await this.ask(question);
    if (answer.of !== 'start' && answer.of !== 'resume') throw unexpected(answer);
    return answer.result;
  }

  private ask(question: Question): Promise<Answer> {
    return this.asked(question, () => undefined).answer;
  }

  private asked(question: Question, chunk: Pending['chunk']): { id: number; answer: Promise<Answer> } {
    const id = this.nextId++;
    const answer = new Promise<Answer>((resolve, reject) => {
      this.pending.set(id, { resolve, reject, chunk });
      try {
        this.post({ ...question, id });
      } catch (error) {
        this.pending.delete(id);
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    return { id, answer };
  }

  private post(command: Command): void {
    this.opened().postMessage(command);
  }

  private opened(): Worker {
    if (this.worker) return this.worker;
    const worker = (this.options.createWorker ?? createWorker)();
    worker.onmessage = (message: MessageEvent<Event>) => this.receive(message.data);
    worker.onmessageerror = () => this.died('A message of the trainer could not be read.', worker);
    worker.onerror = (event) => {
      event.preventDefault();
      this.died(`The trainer crashed: ${event.message || 'the browser gave no reason'}.`, worker);
    };
    const open: Command = { type: 'open', baseUrl: this.options.baseUrl ?? document.baseURI };
    worker.postMessage(open);
    this.worker = worker;
    return worker;
  }

  private receive(event: Event): void {
    this.watch(event);
    switch (event.type) {
      case 'answered':
        // Noted before anything else arrives: a crash may be the next thing to happen.
        if (event.value.of === 'start' || event.value.of === 'resume') {
          this.held = event.value.result;
          this.vigil.watch(this.held.id);
        }
        this.take(event.id)?.resolve(event.value);
        break;
      case 'refused':
        this.take(event.id)?.reject(
          event.calledOff ? new CalledOff(event.message) : new Error(event.message),
        );
        break;
      case 'chunk':
        this.pending.get(event.id)?.chunk(event.bytes);
        break;
      case 'ended':
        this.held = null;
        this.vigil.rest();
        // A failed run may leave a lost device or full memory behind: the next one gets a fresh worker.
        if (event.status === 'failed' && this.pending.size === 0) this.drop();
        this.tell(event);
        break;
      case 'device':
      case 'planned':
      case 'progress':
      case 'losses':
      case 'evaluations':
      case 'row':
      case 'checkpoint':
      case 'trouble':
      case 'stalled':
        this.tell(event);
    }
  }

  /** A run that goes on is expected to say something now and then. */
  private watch(event: Event): void {
    this.watchdog.heard();
    if (event.type === 'answered' && (event.value.of === 'start' || event.value.of === 'resume'))
      this.watchdog.watch();
    else if (event.type === 'progress') {
      if (event.progress.phase === 'paused') this.watchdog.rest();
      else this.watchdog.watch();
    } else if (event.type === 'ended') this.watchdog.rest();
  }

  private take(id: number): Pending | undefined {
    const found = this.pending.get(id);
    this.pending.delete(id);
    return found;
  }

  /** The worker is gone: nobody will answer, and the run it held is interrupted. */
  private died(reason: string, worker = this.worker): void {
    if (!worker || worker !== this.worker) return;
    this.drop();
    const waiting = [...this.pending.values()];
    this.pending.clear();
    waiting.forEach(({ reject }) => reject(new Error(reason)));
    const { held } = this;
    this.held = null;
    if (held) void this.interrupted(held, reason);
  }

  private async interrupted(held: RunResult, error: string): Promise<void> {
    const known = await this.options.lastKnown?.(held.id).catch(() => null);
    const result: RunResult = { ...(known ?? held), status: 'interrupted', error };
    this.tell({ type: 'ended', runId: held.id, status: 'interrupted', error, result });
  }

  private drop(): void {
    this.watchdog.rest();
    this.vigil.rest();
    this.worker?.terminate();
    this.worker = null;
  }

  private tell(event: Event): void {
    [...this.listeners].forEach((listener) => listener(event));
  }
}

function createWorker(): Worker {
  return ownWorker(trainerUrl, 'trainer');
}

function unexpected(answer: Answer): Error {
  return new Error(`The trainer gave an answer of another kind (${answer.of}).`);
}
