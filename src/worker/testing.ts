/** A session with a fake learner and a store of its own: what the tests of the worker share. */
import 'fake-indexeddb/auto';
import { IDBFactory } from 'fake-indexeddb';
import { fakeAnswers, fakeCodec, fakeConfig, FakeLearner, fakeParts } from '../continual/testing';
import { readSafetensors, writeSafetensors } from '../models/safetensors';
import type { ModelFolder } from '../models/types';
import { CalledOff } from '../run/calledOff';
import type { RunConfig, RunConfigInput } from '../run/config';
import type { RunResult } from '../run/result';
import { openStore, type Store } from '../store/store';
import type { Answer, Command, Event, Measurement, TryoutQuestion } from './protocol';
import type { Services, TrainingModel } from './services';
import { Session } from './session';

/** The store of the test that runs. */
export let store: Store;

/** A store that the test has made itself. */
export function useStore(given: Store): void {
  store = given;
}

/** An empty store but for the model `blank`, which knows nothing. */
export const freshStore = (): Promise<void> => fillStore(new IDBFactory());

/** The same in databases of the caller's, which must be empty. */
export async function fillStore(factory: IDBFactory): Promise<void> {
  store = await openStore({ name: 'test', factory, locks: null });
  const tensors = [{ name: 'shared.weight', shape: [8], data: new Float32Array(8) }];
  await store.folders.keep('blank', 'model', [
    { path: 'config.json', content: new TextEncoder().encode('{"d_model":8}') },
    { path: 'tokenizer.json', content: new TextEncoder().encode('{"words":1}') },
    { path: 'model.safetensors', content: writeSafetensors(tensors) },
  ]);
}

export async function openFake(folder: ModelFolder): Promise<TrainingModel> {
  const stream = await folder.open('model.safetensors');
  if (!stream) throw new Error('no weights');
  const learner = new FakeLearner();
  for await (const tensor of readSafetensors(stream, 'model.safetensors'))
    learner.weights.data = tensor.data.slice();
  return {
    learner,
    codec: fakeCodec,
    checkpointParts: () => ({
      config: { d_model: 8 },
      tokenizer: { words: 1 },
      tensors: [{ name: 'shared.weight', shape: [8], data: learner.weights.data.slice() }],
    }),
    dispose: () => undefined,
  };
}

/** A worker: a session with its events, which can be made to die at a turn of its event loop. */
export class Bench {
  readonly events: Event[] = [];
  dead = false;
  turn: () => void = () => undefined;
  private heard: (event: Event) => void = () => undefined;
  private readonly session: Session;
  private nextId = 1;
  private readonly waiting: { until: (event: Event) => boolean; resolve: (event: Event) => void }[] = [];

  constructor(changes: Partial<Services> = {}) {
    const services: Services = {
      store: () => Promise.resolve(store),
      probe: () => Promise.reject(new Error('not asked for')),
      measureStep: () => Promise.resolve(0.25),
      openDevice: () =>
        Promise.resolve({
          backend: 'wasm',
          description: 'fake',
          software: true,
          threads: 1,
          userAgent: 'test',
        }),
      deviceLost: () => new Promise(() => undefined),
      openModel: openFake,
      openTryout: () => Promise.reject(new Error('not asked for')),
      loadTask: (task) =>
        Promise.resolve(fakeParts(['a', 'b', 'w'].indexOf(task.id), fakeAnswers, { train: 26, scored: 30 })),
      yieldToHost: () => {
        this.turn();
        return new Promise((resolve) => {
          if (!this.dead) setImmediate(resolve);
        });
      },
      ...changes,
    };
    this.session = new Session(services, (event) => this.receive(event));
    this.session.handle({ type: 'open', baseUrl: 'https://example.test/app/' });
  }

  /** What a page would talk to. */
  asWorker(): Worker {
    const worker = {
      onmessage: (_: { data: Event }) => undefined as unknown,
      postMessage: (command: Command) => this.session.handle(command),
      terminate: () => undefined,
    };
    this.heard = (event) => worker.onmessage({ data: event });
    return worker as unknown as Worker;
  }

  command(type: 'pause' | 'continue' | 'stop'): void {
    this.session.handle({ type });
  }

  async ask(
    command:
      | { type: 'start'; runId: string; config: RunConfig }
      | { type: 'resume'; runId: string }
      | { type: 'export'; runId: string; checkpointId: string }
      | { type: 'measure'; runId: string; wanted: Measurement }
      | { type: 'tryout'; question: TryoutQuestion }
      | { type: 'handoff'; config: RunConfig; result?: RunResult },
  ): Promise<Answer> {
    const id = this.nextId++;
    this.session.handle({ ...command, id });
    const event = await this.event((e) => (e.type === 'answered' || e.type === 'refused') && e.id === id);
    if (event.type === 'refused')
      throw event.calledOff ? new CalledOff(event.message) : new Error(event.message);
    if (event.type !== 'answered') throw new Error(event.type);
    return event.value;
  }

  async event(until: (event: Event) => boolean): Promise<Event> {
    const found = this.events.find(until);
    return found ?? new Promise((resolve) => this.waiting.push({ until, resolve }));
  }

  async ended(): Promise<RunResult> {
    const event = await this.event((e) => e.type === 'ended');
    if (event.type !== 'ended') throw new Error(event.type);
    return event.result;
  }

  of<T extends Event['type']>(type: T): Extract<Event, { type: T }>[] {
    return this.events.filter((e): e is Extract<Event, { type: T }> => e.type === type);
  }

  private receive(event: Event): void {
    if (this.dead) return;
    this.events.push(event);
    this.heard(event);
    for (const waiter of this.waiting.filter((w) => w.until(event))) waiter.resolve(event);
  }
}

export const config = (changes: Partial<RunConfigInput> = {}): RunConfig =>
  fakeConfig({ model: { source: 'stored', id: 'blank' }, name: 'Two tasks', ...changes });

export const weightsOf = async (runId: string, checkpointId: string): Promise<Uint8Array> =>
  store.folders.readWhole(`run/${runId}/${checkpointId}`, 'model.safetensors');

/** A record without what clocks and names say. */
export const timeless = (record: RunResult | null) => ({
  ...record!,
  id: '',
  createdAt: '',
  updatedAt: '',
  timings: [],
});

export async function unbroken(): Promise<RunResult> {
  const bench = new Bench();
  await bench.ask({ type: 'start', runId: 'whole', config: config() });
  return bench.ended();
}
