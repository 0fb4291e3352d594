/** The factor that clips gradients, as a kernel of TensorFlow.js. */
import type { Tensor } from '@tensorflow/tfjs';
import { call, type Kernel } from '../../tfjs/kernel';
import { clipFactor as emitClipFactor } from './vector';

const factor: Kernel<Record<string, never>> = {
  name: 'LetheClipFactor',
  build(k) {
    const gradients = k.names.map((name) => k.input(name));
    emitClipFactor(k.p, gradients, k.numbers, k.result('clip', [2]));
  },
};

export const vectorKernels = [factor];

/**
 * Norm of all gradients together and what they are to be multiplied by, without a read-back: `adamw` and `adafactor`
 * take it as it is.
 * @param gradients of any shapes
 * @param maxNorm largest norm; 0 for no limit
 * @returns [2]: the norm, and min(1, maxNorm / (norm + 1e-6)) or 1
 * @throws RangeError without gradients, or for a negative limit
 * @see Pascanu et al. 2013; torch.nn.utils.clip_grad_norm_
 */
export function clipFactor(gradients: readonly Tensor[], maxNorm: number): Tensor {
  if (gradients.length === 0) throw new RangeError('clipFactor: there are no gradients');
  if (!(maxNorm >= 0)) throw new RangeError(`clipFactor: the largest norm is ${maxNorm}`);
  const inputs = Object.fromEntries(gradients.map((gradient, i) => [`g${i}`, gradient]));
  return call(factor, inputs, {}, { maxNorm })[0]!;
}
