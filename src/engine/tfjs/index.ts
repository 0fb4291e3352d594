/**
 * The engine's operations for TensorFlow.js: register them on a backend once, then use them on tensors beside its
 * own operations, with gradients on its tape. The trainer needs none of this: it runs whole programs.
 */
export { feedForwardActivation } from '../ops/activation/tfjs';
export { adafactor, adafactorState, type AdafactorOptions } from '../ops/adafactor/tfjs';
export { adamw, adamwState, type AdamwOptions, type AdamwState } from '../ops/adamw/tfjs';
export { attention, selfAttention, type AttentionOptions } from '../ops/attention/tfjs';
export { tiedCrossEntropy } from '../ops/crossEntropy/tfjs';
export { dropout, dropoutAdd, type DropoutOptions } from '../ops/dropout/tfjs';
export { embedding } from '../ops/embedding/tfjs';
export { matmul, type MatmulOptions } from '../ops/matmul/tfjs';
export { positionBias } from '../ops/positionBias/tfjs';
export { rmsNorm } from '../ops/rmsNorm/tfjs';
export { clipFactor } from '../ops/vector/tfjs';
export { ignored, indices, labels, type Indices } from './indices';
export { registerLetheKernels, type LetheKernelOptions, type LetheKernels } from './register';
