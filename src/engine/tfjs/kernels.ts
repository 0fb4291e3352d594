/** The operations that TensorFlow.js gets as kernels. */
import { activationKernels } from '../ops/activation/tfjs';
import { adafactorKernels } from '../ops/adafactor/tfjs';
import { adamwKernels } from '../ops/adamw/tfjs';
import { attentionKernels } from '../ops/attention/tfjs';
import { crossEntropyKernels } from '../ops/crossEntropy/tfjs';
import { dropoutKernels } from '../ops/dropout/tfjs';
import { embeddingKernels } from '../ops/embedding/tfjs';
import { matmulKernels } from '../ops/matmul/tfjs';
import { positionBiasKernels } from '../ops/positionBias/tfjs';
import { rmsNormKernels } from '../ops/rmsNorm/tfjs';
import { vectorKernels } from '../ops/vector/tfjs';
import type { Kernel } from './kernel';

export const kernels: readonly Kernel[] = [
  ...activationKernels,
  ...adafactorKernels,
  ...adamwKernels,
  ...attentionKernels,
  ...crossEntropyKernels,
  ...dropoutKernels,
  ...embeddingKernels,
  ...matmulKernels,
  ...positionBiasKernels,
  ...rmsNormKernels,
  ...vectorKernels,
];
