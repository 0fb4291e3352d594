/** What the page needs of the rest of the house, no wider than it needs it. `services.ts` has the real ones. */
import type { RunConfig, TaskConfig } from '../run/config';
import type { Lesson } from '../run/lesson';
import type { RunResult } from '../run/result';
import type { TaskParts } from '../data/task';
import type { Store } from '../store/store';
import type { FilesClient } from '../worker/files/client';
import type { Answer, DeviceProbe, Event, Measurement, TryoutQuestion } from '../worker/protocol';

export interface Trainer {
  probe(): Promise<DeviceProbe>;
  /** How long a training step of such a run takes on this machine. */
  speed(config: RunConfig): Promise<Extract<Answer, { of: 'speed' }>>;
  start(runId: string, config: RunConfig): Promise<RunResult>;
  resume(runId: string): Promise<RunResult>;
  pause(): void;
  continue(): void;
  stop(): void;
  /** Ends the worker at once, as closing the tab would; its run can go on from the last checkpoint. */
  terminate(): void;
  /** Measures checkpoints of a run that is over. @returns the record with what was measured */
  measure(runId: string, wanted: Measurement): Promise<RunResult>;
  /** The checkpoint as the zip of a Hugging Face folder, or of its adapters as PEFT's, in pieces. */
  exportCheckpoint(
    runId: string,
    checkpointId: string,
    content?: 'model' | 'adapter',
  ): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** Adapters tried on a model, while no run is going. */
  tryout(question: TryoutQuestion): Promise<Extract<Answer, { of: 'tryout' }>>;
  /** A zip that repeats a plan on PyTorch, with the result that it is to be compared with. */
  exportHandoff(config: RunConfig, result?: RunResult): AsyncIterable<Uint8Array<ArrayBuffer>>;
  /** @returns the function that stops listening */
  onEvent(listener: (event: Event) => void): () => void;
}

/** A task that can be put into a plan. */
export interface TaskChoice {
  task: TaskConfig;
  description: string;
  /** Known for samples and kept datasets before they are read. */
  rows: { train: number; validation: number; test: number } | null;
}

export interface Tasks {
  /** The tasks served beside the page. */
  samples(): Promise<TaskChoice[]>;
  load(task: TaskConfig): Promise<TaskParts>;
  /** The plan served beside the page, and a run of it that was recorded. */
  demo(): Promise<RunConfig>;
  recorded(): Promise<RunResult>;
}

export interface Lessons {
  /** Those served beside the page, in their order. */
  all(): Promise<Lesson[]>;
  recording(name: string): Promise<RunResult>;
}

export type PageStore = Pick<Store, 'usage' | 'persist' | 'persisted' | 'onChange'> & {
  runs: Pick<Store['runs'], 'put' | 'get' | 'list' | 'remove' | 'annotate'>;
  studies: Pick<Store['studies'], 'put' | 'get' | 'list' | 'remove'>;
  folders: Pick<Store['folders'], 'keep' | 'list' | 'manifest' | 'read' | 'remove'>;
};

/** Brings models and data in, off the page's thread. */
export type FileReader = Pick<FilesClient, 'ask' | 'pieces'>;

export interface Services {
  store(): Promise<PageStore>;
  trainer(): Promise<Trainer>;
  files(): Promise<FileReader>;
  tasks: Tasks;
  lessons: Lessons;
}
