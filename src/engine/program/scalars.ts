/**
 * The few numbers that change from step to step lie in one small buffer that the host writes before a run,
 * so that recorded instructions need no change. Elements are 4 bytes; some are floats, some unsigned.
 */
export const scalars = {
  length: 64,
  /** u32: seed of this step's dropout masks. */
  dropoutSeed: 0,
  /** f32: what the gradient of the summed loss is multiplied by, 1 / target tokens. */
  lossScale: 1,
  /** f32: learning rate of this step. */
  learningRate: 2,
  /** f32: 1 − beta1^t and 1 − beta2^t. */
  biasCorrection1: 3,
  biasCorrection2: 4,
  /** f32: largest gradient norm; 0 for no clipping. */
  maxNorm: 5,
  /** f32: Adafactor's 1 − t^decayRate. */
  decay: 6,
  /** f32: weights of a row's cross-entropy and of its match to given logits. */
  crossEntropyWeight: 7,
  matchWeight: 8,
  /** u32: seed of labels that are drawn from the model. */
  sampleSeed: 9,
  /** f32: scaling of each attached adapter. */
  adapterScales: Array.from({ length: 24 }, (_, i) => 40 + i),
} as const;
