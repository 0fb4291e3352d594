/** What an engine must do to be measured beside ours. */
import type { Batch, NamedTensor, T5Config } from '../../src/engine/types';

export interface PeerModelSpec {
  config: T5Config;
  /** Under the names and in the layout of Hugging Face. */
  weights: NamedTensor[];
  backend: 'webgpu' | 'wasm';
  threads: number;
  /** Of every step; `lossAndGradients` goes without. */
  dropout: number;
  learningRate: number;
}

export interface PeerModel {
  /**
   * Without dropout: what our fixtures hold a peer to before it is timed.
   * @returns loss in nats a token; gradients under the names and in the layout of Hugging Face
   */
  lossAndGradients(batch: Batch): Promise<{ loss: number; gradients: Map<string, Float32Array> }>;
  /** One Adam step with dropout; may return before the device has finished. */
  step(batch: Batch): void | Promise<void>;
  /** Waits until everything asked for so far has been computed. */
  finish(): Promise<void>;
  dispose(): void | Promise<void>;
}

/** A T5 in another engine. */
export interface Peer {
  name: string;
  open(model: PeerModelSpec): Promise<PeerModel>;
}

/** A decoder-only model in another engine, which does arithmetic of its own: its figure is GFLOP/s. */
export interface DecoderPeer {
  name: string;
  open(model: DecoderSpec): Promise<DecoderModel>;
}

/** A decoder of about the size of a T5. */
export interface DecoderSpec {
  vocabSize: number;
  dModel: number;
  numHeads: number;
  dFf: number;
  layers: number;
  rows: number;
  /** Tokens of a row. */
  length: number;
  backend: 'webgpu' | 'wasm';
  dropout: number;
  learningRate: number;
}

export interface DecoderModel {
  /** Multiplications and additions of the matmuls of a step, forward and backward, those of attention included. */
  flops: number;
  /** Numbers that are trained. */
  parameterCount: number;
  /** @param ids [rows, length] tokens; each is to predict the one after it */
  step(ids: Int32Array): void | Promise<void>;
  finish(): Promise<void>;
  dispose(): void | Promise<void>;
}
