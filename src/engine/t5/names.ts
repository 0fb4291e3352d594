/** The tensors of a T5 as Hugging Face names them. */
import type { T5Config } from '../types';

export const SHARED = 'shared.weight';
export const HEAD = 'lm_head.weight';

export type Stack = 'encoder' | 'decoder';

/** Other names under which the shared embedding is stored; a file holds one or several of them. */
const SHARED_ALIASES = new Set(['encoder.embed_tokens.weight', 'decoder.embed_tokens.weight']);

/** Stored by old conversions and never used: cross-attention has no position bias. */
const IGNORED = new Set([
  'decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight',
  'encoder.embed_positions.weight',
  'decoder.embed_positions.weight',
]);

/** The name a stored tensor goes by here; null for one that is not used. */
export function canonicalName(stored: string): string | null {
  if (SHARED_ALIASES.has(stored)) return SHARED;
  return IGNORED.has(stored) ? null : stored;
}

/** Names of one attention sublayer's weights. */
export interface AttentionNames {
  norm: string;
  q: string;
  k: string;
  v: string;
  o: string;
}

function attentionNames(stack: Stack, block: number, layer: number, kind: string): AttentionNames {
  const place = `${stack}.block.${block}.layer.${layer}`;
  return {
    norm: `${place}.layer_norm.weight`,
    q: `${place}.${kind}.q.weight`,
    k: `${place}.${kind}.k.weight`,
    v: `${place}.${kind}.v.weight`,
    o: `${place}.${kind}.o.weight`,
  };
}

export const selfAttention = (stack: Stack, block: number): AttentionNames =>
  attentionNames(stack, block, 0, 'SelfAttention');

export const crossAttention = (block: number): AttentionNames =>
  attentionNames('decoder', block, 1, 'EncDecAttention');

/** Names of a feed-forward sublayer's weights; the decoder's stands behind the cross-attention. */
export function feedForward(stack: Stack, block: number) {
  const place = `${stack}.block.${block}.layer.${stack === 'encoder' ? 1 : 2}`;
  return {
    norm: `${place}.layer_norm.weight`,
    wi: `${place}.DenseReluDense.wi.weight`,
    wi0: `${place}.DenseReluDense.wi_0.weight`,
    wi1: `${place}.DenseReluDense.wi_1.weight`,
    wo: `${place}.DenseReluDense.wo.weight`,
  };
}

/** Held by block 0 and used by every block of the stack. */
export const positionBiasTable = (stack: Stack): string =>
  `${stack}.block.0.layer.0.SelfAttention.relative_attention_bias.weight`;

export const finalNorm = (stack: Stack): string => `${stack}.final_layer_norm.weight`;

/** Every trainable tensor of a model with its shape, in the order of the forward pass. */
export function parameterShapes(config: T5Config): Map<string, number[]> {
  const { vocabSize, dModel, dFf, numHeads } = config;
  const inner = numHeads * config.dKv;
  const shapes = new Map<string, number[]>();

  const addAttention = ({ norm, q, k, v, o }: AttentionNames) => {
    shapes.set(norm, [dModel]);
    for (const name of [q, k, v]) shapes.set(name, [inner, dModel]);
    shapes.set(o, [dModel, inner]);
  };
  const addFeedForward = (stack: Stack, block: number) => {
    const { norm, wi, wi0, wi1, wo } = feedForward(stack, block);
    shapes.set(norm, [dModel]);
    for (const name of config.feedForward === 'relu' ? [wi] : [wi0, wi1]) shapes.set(name, [dFf, dModel]);
    shapes.set(wo, [dModel, dFf]);
  };

  shapes.set(SHARED, [vocabSize, dModel]);
  for (const stack of ['encoder', 'decoder'] as const) {
    shapes.set(positionBiasTable(stack), [config.relativeAttentionNumBuckets, numHeads]);
    const blocks = stack === 'encoder' ? config.numLayers : config.numDecoderLayers;
    for (let block = 0; block < blocks; block++) {
      addAttention(selfAttention(stack, block));
      if (stack === 'decoder') addAttention(crossAttention(block));
      addFeedForward(stack, block);
    }
    shapes.set(finalNorm(stack), [dModel]);
  }
  if (!config.tieWordEmbeddings) shapes.set(HEAD, [vocabSize, dModel]);
  return shapes;
}
