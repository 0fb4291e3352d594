/** The models and batches that are measured: fixed, whatever is bundled with the page. */
import { parameterShapes } from '../../src/engine/t5/names';
import type { Batch, NamedTensor, T5Config } from '../../src/engine/types';

const common = {
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
} as const;

/** 2,459,904 parameters. */
export const pocket: T5Config = {
  ...common,
  vocabSize: 8192,
  dModel: 128,
  dKv: 32,
  dFf: 384,
  numLayers: 4,
  numDecoderLayers: 2,
  numHeads: 4,
};

export const micro: T5Config = {
  ...common,
  vocabSize: 256,
  dModel: 32,
  dKv: 16,
  dFf: 64,
  numLayers: 2,
  numDecoderLayers: 2,
  numHeads: 2,
};

/** google/flan-t5-small, 77 million parameters. */
export const flanSmall: T5Config = {
  ...common,
  vocabSize: 32128,
  dModel: 512,
  dKv: 64,
  dFf: 1024,
  numLayers: 8,
  numDecoderLayers: 8,
  numHeads: 6,
  tieWordEmbeddings: false,
  scaleDecoderOutputs: false,
};

export interface Shape {
  B: number;
  S: number;
  T: number;
}

export const geometries = {
  pocket: { config: pocket, shape: { B: 8, S: 48, T: 16 } },
  micro: { config: micro, shape: { B: 8, S: 32, T: 16 } },
  'flan-small': { config: flanSmall, shape: { B: 8, S: 64, T: 32 } },
};

/** The size sweep of docs/pocket.md by vocabulary, width, heads, inner width and layers; the first is the bundled one. */
export const sweptSizes: Readonly<Record<string, T5Config>> = {
  '8192x128x4x384x4x2': pocket,
  '8192x128x4x384x6x2': { ...pocket, numLayers: 6 },
  '8192x160x5x480x4x2': { ...pocket, dModel: 160, numHeads: 5, dFf: 480 },
  '8192x192x6x448x3x2': { ...pocket, dModel: 192, numHeads: 6, dFf: 448, numLayers: 3 },
  '16384x128x4x384x4x2': { ...pocket, vocabSize: 16_384 },
};

export type Geometry = keyof typeof geometries;

/** Numbers between −1 and 1, the same every time. */
export function noise(seed = 1): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** Standard deviation of a tensor's first values, as T5 has it. */
function deviation(name: string, config: T5Config): number {
  const { dModel, dKv, dFf, numHeads } = config;
  if (name.endsWith('.q.weight')) return (dModel * dKv) ** -0.5;
  if (name.endsWith('.o.weight')) return (numHeads * dKv) ** -0.5;
  if (name.endsWith('.wo.weight')) return dFf ** -0.5;
  return name === 'shared.weight' ? 1 : dModel ** -0.5;
}

/** Weights of a model that has learnt nothing, one tensor after another. */
export function* freshWeights(config: T5Config): Generator<NamedTensor> {
  const next = noise();
  for (const [name, shape] of parameterShapes(config)) {
    const size = shape.reduce((a, b) => a * b, 1);
    // Of the uniform distribution between −1 and 1 the deviation is 1/√3.
    const scale = deviation(name, config) * Math.sqrt(3);
    const isNorm = name.includes('layer_norm');
    yield { name, shape, data: Float32Array.from({ length: size }, () => (isNorm ? 1 : scale * next())) };
  }
}

/** A batch without padding. */
export function fullBatch(config: T5Config, { B, S, T }: Shape): Batch {
  const ids = (length: number, stride: number): Int32Array =>
    Int32Array.from({ length }, (_, i) => 2 + ((i * stride) % (config.vocabSize - 2)));
  return {
    rows: B,
    sourceLength: S,
    targetLength: T,
    source: ids(B * S, 613),
    sourceMask: new Float32Array(B * S).fill(1),
    labels: ids(B * T, 389),
  };
}
