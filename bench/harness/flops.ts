/** The arithmetic that a training step cannot do without. */
import type { T5Config } from '../../src/engine/types';
import type { Shape } from './geometry';

/**
 * Multiplications and additions of a training step's matmuls: forward, and twice as many backward. Attention's
 * products of queries, keys and values are among them; element-wise work is not.
 */
export function stepFlops(config: T5Config, { B, S, T }: Shape): number {
  const { dModel, dFf, numLayers, numDecoderLayers, vocabSize } = config;
  const inner = config.numHeads * config.dKv;
  const [source, target] = [B * S, B * T];
  const square = dModel * inner;
  const feedForward = (config.feedForward === 'gated-gelu' ? 3 : 2) * dModel * dFf;
  const encoder = source * (4 * square + feedForward) + 2 * B * S * S * inner;
  const decoder = target * (6 * square + feedForward) + source * 2 * square + 2 * B * T * (T + S) * inner;
  const head = target * dModel * vocabSize;
  return 3 * 2 * (numLayers * encoder + numDecoderLayers * decoder + head);
}

/** Shapes [M, N, K] of the step's largest products, without their transposes. */
export function largestProducts(config: T5Config, { B, S, T }: Shape): [number, number, number][] {
  const { dModel, dFf, vocabSize } = config;
  const inner = config.numHeads * config.dKv;
  return [
    [B * T, vocabSize, dModel],
    [B * T, dModel, vocabSize],
    [vocabSize, dModel, B * T],
    [B * S, 2 * dFf, dModel],
    [B * S, dModel, dFf],
    [B * S, 3 * inner, dModel],
  ];
}
