/** The engine's vocabulary: what goes in and out of it, free of tfjs types. */

/** A tensor on the host, row-major. */
export interface NamedTensor {
  name: string;
  shape: number[];
  data: Float32Array;
}

/** Token ids of one example: prompt and answer, each ending in `</s>`. */
export interface TokenizedExample {
  source: number[];
  target: number[];
}

/** A padded batch. Ids are row-major `[rows, length]`. */
export interface Batch {
  rows: number;
  sourceLength: number;
  targetLength: number;
  /** [rows, sourceLength], pad id 0. */
  source: Int32Array;
  /** [rows, sourceLength], 1 for a token, 0 for padding. */
  sourceMask: Float32Array;
  /** [rows, targetLength], −100 where there is no token. */
  labels: Int32Array;
}

/** Settings of T5Config that the engine reads, from `config.json`. */
export interface T5Config {
  vocabSize: number;
  dModel: number;
  dKv: number;
  dFf: number;
  numLayers: number;
  numDecoderLayers: number;
  numHeads: number;
  relativeAttentionNumBuckets: number;
  relativeAttentionMaxDistance: number;
  dropoutRate: number;
  layerNormEpsilon: number;
  /** wo(relu(wi x)) or wo(gelu_new(wi_0 x) · wi_1 x). */
  feedForward: 'relu' | 'gated-gelu';
  /** The output head is the shared embedding. */
  tieWordEmbeddings: boolean;
  /** Multiply decoder outputs by dModel^-½ before the head. */
  scaleDecoderOutputs: boolean;
  padTokenId: number;
  eosTokenId: number;
  decoderStartTokenId: number;
}

export interface GenerationSettings {
  maxNewTokens: number;
  /** 1 is greedy. */
  beams: number;
  /** Scores are divided by length^lengthPenalty; 1 by default, as in Hugging Face. */
  lengthPenalty?: number;
  earlyStopping?: boolean;
}

/** Teacher-forced loss of a batch, row by row. */
export interface RowLosses {
  /** [rows], summed negative log-likelihood in nats. */
  nats: Float32Array;
  /** [rows], target tokens counted. */
  tokens: Int32Array;
}
