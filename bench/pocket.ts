import type { T5Config } from '../src/engine/types';

/** The geometry of the training benchmarks. */
export const pocket: T5Config = {
  vocabSize: 8192,
  dModel: 128,
  dKv: 32,
  dFf: 384,
  numLayers: 4,
  numDecoderLayers: 2,
  numHeads: 4,
  relativeAttentionNumBuckets: 32,
  relativeAttentionMaxDistance: 128,
  dropoutRate: 0.1,
  layerNormEpsilon: 1e-6,
  feedForward: 'gated-gelu',
  tieWordEmbeddings: true,
  scaleDecoderOutputs: true,
  padTokenId: 0,
  eosTokenId: 1,
  decoderStartTokenId: 0,
};
