/** What a session needs of the world outside it, so that tests can play it. */
import type { Learner, TextCodec } from '../continual/learner';
import type { TaskParts } from '../data/task';
import type { CheckpointParts } from '../models/huggingFace';
import type { FileProgress, ModelFolder } from '../models/types';
import type { RunConfig, TaskConfig } from '../run/config';
import type { DeviceInfo } from '../run/result';
import type { Store } from '../store/store';
import type { DeviceProbe } from './protocol';
import type { TryoutModel } from './tryout';

/** A model that is trained and can be written out as a Hugging Face folder at any moment. */
export interface TrainingModel {
  learner: Learner;
  codec: TextCodec;
  /** Tells the frozen weights of a run of LoRA from any others; a resumed run needs the same. */
  base?: string;
  /** What a run of it takes on the device, in a few words, where that is known. */
  memory?: string;
  /** The same in bytes. */
  memoryBytes?: number;
  /** Tells how far the compilation of a program has come. */
  watchCompiling?(told: (compiled: number, of: number) => void): void;
  checkpointParts(): CheckpointParts;
  dispose(): void;
}

export interface Services {
  store(): Promise<Store>;
  probe(): Promise<DeviceProbe>;
  openDevice(choice: RunConfig['backend']): Promise<DeviceInfo>;
  /** Resolves with the reason when the open device is taken away; else never. */
  deviceLost(): Promise<string>;
  openModel(
    folder: ModelFolder,
    config: RunConfig,
    onProgress: (progress: FileProgress) => void,
  ): Promise<TrainingModel>;
  /** Seconds of a training step of the folder's model, on the device that is open. */
  measureStep(folder: ModelFolder, config: RunConfig): Promise<number>;
  /** A model to try adapters on. */
  openTryout(folder: ModelFolder): Promise<TryoutModel>;
  /** @param breathe called between two pieces of a file and before each is parsed; throws to break off */
  loadTask(
    task: TaskConfig,
    store: Store,
    baseUrl: string,
    breathe?: () => Promise<void>,
  ): Promise<TaskParts>;
  /** Lets messages and timers through. */
  yieldToHost(): Promise<void>;
}
