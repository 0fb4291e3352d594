/** What the blocks of both stacks are made of. */
import { attention } from '../ops/attention/attention';
import { residualDropout } from '../ops/dropout/dropout';
import { gatedGeluDropout, reluDropout } from '../ops/feedForward/feedForward';
import { positionBias } from '../ops/positionBias/positionBias';
import { rmsNorm } from '../ops/rmsNorm/rmsNorm';
import type { Tensor1D, Tensor2D, Tensor4D } from '../tf';
import { relativeBuckets } from './bias';
import { feedForward, positionBiasTable, type AttentionNames, type Stack } from './names';
import type { Pass } from './pass';

/** Keys and values of one attention layer: each [rows · length, heads · d]. */
export interface KeyValues {
  k: Tensor2D;
  v: Tensor2D;
  length: number;
}

/** What attention adds to its scores. */
export interface ScoreTerms {
  bias?: Tensor4D | undefined;
  mask?: Tensor4D | undefined;
}

export function norm(pass: Pass, x: Tensor2D, name: string): Tensor2D {
  return rmsNorm(x, pass.weight(name) as Tensor1D, pass.config.layerNormEpsilon);
}

/** The keys and values of a sequence: [n, dModel] to twice [n, heads · d]. */
export function keysAndValues(pass: Pass, x: Tensor2D, names: AttentionNames, length: number): KeyValues {
  return { k: pass.linear(x, names.k), v: pass.linear(x, names.v), length };
}

/**
 * The end of an attention sublayer: queries of the normed hidden states, attention, output projection and the
 * way around.
 * @param hidden [rows · queryLength, dModel]
 * @param normed the same after the sublayer's norm
 */
export function attend(
  pass: Pass,
  hidden: Tensor2D,
  normed: Tensor2D,
  names: AttentionNames,
  keyValues: KeyValues,
  terms: ScoreTerms,
  place: { stack: Stack; block: number; kind: 'self' | 'cross'; rows: number },
): Tensor2D {
  const { stack, block, kind, rows } = place;
  const q = pass.linear(normed, names.q);
  const shape = {
    rows,
    heads: pass.config.numHeads,
    queryLength: q.shape[0] / rows,
    keyLength: keyValues.length,
  };
  const context = attention(q, keyValues.k, keyValues.v, shape, {
    ...terms,
    dropout: pass.dropout(stack, block, `${kind}Probabilities`),
  });
  const output = pass.linear(context, names.o);
  return residualDropout(hidden, output, pass.dropout(stack, block, `${kind}Output`));
}

/** The feed-forward sublayer: wo(relu(wi x)) or wo(gelu_new(wi_0 x) · wi_1 x), and the way around. */
export function feedForwardLayer(pass: Pass, stack: Stack, block: number, hidden: Tensor2D): Tensor2D {
  const names = feedForward(stack, block);
  const inner = pass.dropout(stack, block, 'feedForwardInner');
  const normed = norm(pass, hidden, names.norm);
  const activated =
    pass.config.feedForward === 'relu'
      ? reluDropout(pass.linear(normed, names.wi), inner)
      : gatedGeluDropout(pass.linear(normed, names.wi0), pass.linear(normed, names.wi1), inner);
  const output = pass.linear(activated, names.wo);
  return residualDropout(hidden, output, pass.dropout(stack, block, 'feedForwardOutput'));
}

/** The stack's position bias, computed once and used by all its blocks: [1, heads, queryLength, keyLength]. */
export function stackBias(
  pass: Pass,
  stack: Stack,
  queryLength: number,
  keyLength: number,
  firstQuery = 0,
): Tensor4D {
  const { relativeAttentionNumBuckets, relativeAttentionMaxDistance } = pass.config;
  const buckets = relativeBuckets(
    queryLength,
    keyLength,
    stack === 'encoder',
    relativeAttentionNumBuckets,
    relativeAttentionMaxDistance,
    firstQuery,
  );
  const table = pass.weight(positionBiasTable(stack)) as Tensor2D;
  return positionBias(table, buckets, queryLength, keyLength);
}
