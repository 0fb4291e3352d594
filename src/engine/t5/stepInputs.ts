/** A batch as the arrays that a step's program takes. */
import type { Executor, LoadedProgram } from '../program/executor';
import type { Batch, T5Config } from '../types';
import { relativeBuckets } from './bias';
import type { StepInputs, StepProgram } from './trainingStep';

/** Places 0..n−1 sorted by id, equal ids in order. */
export function sortedById(ids: Uint32Array): Uint32Array {
  return new Uint32Array([...ids.keys()].sort((a, b) => (ids[a] ?? 0) - (ids[b] ?? 0) || a - b));
}

/** Decoder inputs of labels [rows, length]: shifted right, the start token first, no-label as padding. */
export function shiftRight(labels: Int32Array, length: number, config: T5Config): Uint32Array {
  return Uint32Array.from(labels, (_, i) => {
    if (i % length === 0) return config.decoderStartTokenId;
    const before = labels[i - 1] ?? 0;
    return before < 0 ? config.padTokenId : before;
  });
}

/** Buckets depend on the shape alone, so they are written once, when a program is loaded. */
export function writeBuckets(
  executor: Executor,
  loaded: LoadedProgram,
  { inputs, shape: { S, T } }: Pick<StepProgram, 'inputs' | 'shape'>,
  config: T5Config,
): void {
  const { relativeAttentionNumBuckets: buckets, relativeAttentionMaxDistance: farthest } = config;
  executor.write(inputs.sourceBuckets, relativeBuckets(S, S, true, buckets, farthest), loaded);
  executor.write(inputs.targetBuckets, relativeBuckets(T, T, false, buckets, farthest), loaded);
}

/** Everything else of a batch. */
export function writeBatch(
  executor: Executor,
  loaded: LoadedProgram,
  inputs: StepInputs,
  batch: Batch,
  config: T5Config,
): void {
  const source = new Uint32Array(batch.source);
  const decoderIds = shiftRight(batch.labels, batch.targetLength, config);
  executor.write(inputs.source, source, loaded);
  executor.write(inputs.sourceMask, batch.sourceMask, loaded);
  executor.write(inputs.decoderIds, decoderIds, loaded);
  // Hugging Face gives the decoder no mask but the causal one: padding is only ever seen by later padding.
  executor.write(inputs.decoderMask, new Float32Array(decoderIds.length).fill(1), loaded);
  executor.write(inputs.labels, batch.labels, loaded);
  if (!inputs.orders) return;
  executor.write(inputs.orders.source, sortedById(source), loaded);
  executor.write(inputs.orders.target, sortedById(decoderIds), loaded);
}
