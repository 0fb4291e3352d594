/**
 * TensorFlow.js as the engine uses it: the core and its two backends. The core alone registers no gradients
 * of its own kernels: every operation on the tape is one of ours and brings its own (`ops/`).
 */
import { backend, getBackend as currentBackend } from '@tensorflow/tfjs-core';

export {
  add,
  argMax,
  cast,
  concat,
  customGrad,
  dispose,
  div,
  engine,
  env,
  equal,
  expandDims,
  exp,
  fill,
  gather,
  getBackend,
  keep,
  log,
  logSumExp,
  matMul,
  max,
  maximum,
  mean,
  minimum,
  memory,
  mul,
  neg,
  oneHot,
  ready,
  relu,
  removeBackend,
  reshape,
  rsqrt,
  scalar,
  setBackend,
  slice,
  softmax,
  sqrt,
  square,
  step,
  sub,
  sum,
  tanh,
  tensor,
  tensor1d,
  tensor2d,
  tensor4d,
  tidy,
  topk,
  transpose,
  variable,
  variableGrads,
  zeros,
} from '@tensorflow/tfjs-core';
export type {
  Rank,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Variable,
} from '@tensorflow/tfjs-core';

/** The device that the WebGPU backend computes on; null on any other backend. */
export function webgpuDevice(): GPUDevice | null {
  if (currentBackend() !== 'webgpu') return null;
  return (backend() as unknown as { device: GPUDevice }).device;
}
