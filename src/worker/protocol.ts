/**
 * The whole conversation between the page and the trainer worker. The page sends Commands, the worker sends
 * Events; big arrays cross as transferables. Nothing else is posted.
 */
import type { RunConfig } from '../run/config';
import type {
  DeviceInfo,
  EvaluationPoint,
  LostExample,
  MatrixRow,
  Metrics,
  RunResult,
  RunStatus,
  Sample,
  StageTiming,
} from '../run/result';
import type { Taken } from './outgoing';

/** What this machine offers, found without loading a model. */
export interface DeviceProbe {
  webgpu: { available: boolean; software: boolean; description: string; reason?: string };
  wasm: { available: boolean; simd: boolean; threads: number };
  /** What `auto` would take, and why, in a sentence. */
  choice: 'webgpu' | 'wasm';
  why: string;
}

export type Phase = 'loading' | 'compiling' | 'scoring' | 'training' | 'relearning' | 'paused' | 'saving';

export interface Progress {
  phase: Phase;
  /** Training steps over all stages. */
  step: number;
  totalSteps: number;
  /** Of the last few seconds; null until two steps are done. */
  stepsPerSecond: number | null;
  /** Training and evaluation still to come; null until it can be estimated. */
  secondsLeft: number | null;
  /** What is being done, with its own share done in 0..1 where known: "model.safetensors", "Reviews". */
  detail?: string;
  share?: number;
}

/** Of a stage: how far it moved the weights, or the scores of mixes of the weights before (0) and after it (1). */
export type Measurement = { of: 'weights'; stage: number } | { of: 'mixes'; stage: number; alphas: number[] };

/** Every command that expects an answer carries an id; the answer is an `answered` or `refused` event. */
export type Command =
  /** Always first: the address that models, sample tasks and relative paths are found under. */
  | { type: 'open'; baseUrl: string }
  | { type: 'probe'; id: number }
  /** How long a step of such a run takes here, without its weights; refused while the device is in use. */
  | { type: 'speed'; id: number; config: RunConfig }
  | { type: 'start'; id: number; runId: string; config: RunConfig }
  /** Go on from the last checkpoint of an interrupted, stopped or failed run. */
  | { type: 'resume'; id: number; runId: string }
  | { type: 'pause' }
  | { type: 'continue' }
  | { type: 'stop' }
  /**
   * A checkpoint as a Hugging Face folder, or its LoRA adapters as PEFT folders: the zip comes as `chunk` events,
   * then `answered`.
   */
  | { type: 'export'; id: number; runId: string; checkpointId: string; content?: 'model' | 'adapter' }
  /** Measures checkpoints of a run that is over; the record in the store grows with each result. `stop` ends it. */
  | { type: 'measure'; id: number; runId: string; wanted: Measurement }
  /** A zip that repeats a plan on PyTorch, with the result that it is to be compared with: `chunk` events likewise. */
  | { type: 'handoff'; id: number; config: RunConfig; result?: RunResult }
  /** What the page says while `chunk` events come. */
  | Taken
  /** Adapters tried on a model while no run is going; one model is open at a time. */
  | { type: 'tryout'; id: number; question: TryoutQuestion };

/** Where an adapter comes from: a zip or the two files of a PEFT folder, or a run's checkpoint (and one of its tasks). */
export type AdapterSource =
  | { files: { name: string; bytes: Uint8Array<ArrayBuffer> }[] }
  | { runId: string; checkpointId: string; task?: string };

export type TryoutQuestion =
  /** Opens a model in place of the one before. */
  | { ask: 'open'; model: RunConfig['model']; backend: RunConfig['backend'] }
  | { ask: 'attach'; from: AdapterSource; factor?: number }
  /** 0 is the model without the adapter, 1 as it was trained. */
  | { ask: 'scale'; adapter: number; factor: number }
  /** Adds an adapter to the weights, or takes it out of them again, to the byte. */
  | { ask: 'merge' | 'unmerge' | 'remove'; adapter: number }
  /** With `best`, also the probability of each token of the answers, and so many of the likeliest at its place. */
  | { ask: 'answer'; prompts: string[]; maxNewTokens: number; best?: number }
  /** Keeps the weights with all adapters added as a model in this browser. */
  | { ask: 'keep'; name: string }
  | { ask: 'close' };

/** A token of an answer: how likely it was at its place, and the likeliest there. Texts keep their spaces. */
export interface SpokenToken {
  text: string;
  probability: number;
  best: { text: string; probability: number }[];
  /** The token that ends the answer. */
  end: boolean;
}

export interface TriedAdapter {
  id: number;
  name: string;
  rank: number;
  alpha: number;
  targets: string[];
  /** Numbers in its matrices. */
  parameters: number;
  /** The model that it was made for, where its config says. */
  baseModel: string | null;
  factor: number;
  merged: boolean;
}

export interface TryoutState {
  device: DeviceInfo;
  parameters: number;
  adapters: TriedAdapter[];
}

export type Event =
  | { type: 'answered'; id: number; value: Answer }
  /** `calledOff`: a person stopped it, and nothing went wrong. */
  | { type: 'refused'; id: number; message: string; calledOff?: true }
  | { type: 'chunk'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'device'; runId: string; device: DeviceInfo; parameters: number }
  /** The tasks are read: what the plan comes to, what the token limits cut, and the rows that are scored. */
  | ({ type: 'planned'; runId: string } & Pick<RunResult, 'totalSteps' | 'bands' | 'truncated'> &
      Required<Pick<RunResult, 'labels' | 'testRows'>>)
  | { type: 'progress'; runId: string; progress: Progress }
  /** Training losses of steps from..from+values.length−1; they arrive a few steps late. */
  | { type: 'losses'; runId: string; from: number; values: number[] }
  | { type: 'evaluations'; runId: string; points: EvaluationPoint[] }
  | {
      type: 'row';
      runId: string;
      row: MatrixRow;
      metrics: Metrics;
      samples: Sample[];
      lost: LostExample[];
      timings: StageTiming[];
    }
  | { type: 'checkpoint'; runId: string; checkpointId: string; stage: number; step: number; bytes: number }
  /** Something could not be kept: the run rests, its weights still on the device, until it is continued. */
  | { type: 'trouble'; runId: string; message: string }
  /** Said by the client for a worker that has been silent for too long. */
  | { type: 'stalled'; runId: string; seconds: number }
  /** The run is over, for now or for good; the record in the store says the same. */
  | { type: 'ended'; runId: string; status: RunStatus; error?: string; result: RunResult };

export type Answer =
  | { of: 'probe'; probe: DeviceProbe }
  | { of: 'speed'; stepSeconds: number; device: DeviceInfo }
  | { of: 'start' | 'resume' | 'measure'; result: RunResult }
  | { of: 'export'; fileName: string; bytes: number }
  /** Null once it is closed. */
  | {
      of: 'tryout';
      state: TryoutState | null;
      answers?: string[];
      tokens?: SpokenToken[][];
      modelId?: string;
    };

export type { DeviceInfo, RunConfig, RunResult };
