import { env, getBackend, matMul, transpose, type Tensor, type Tensor2D } from '../tf';

/** MatMulSmallOutputSizeProgram of the WebGPU backend. */
const SMALL_OUTPUT_PROGRAM = 2;
/** From this inner length on the WebGPU backend may split the sum. */
const SPLIT_LENGTH = 2000;

/**
 * Product of two matrices, either transposed, with the same result every time.
 *
 * The stock WASM kernel is fast only for operands as they lie (XNNPACK; the rest is a scalar loop, 16 to 40
 * times slower), so operands are transposed first. It packs the right operand once for each tensor id:
 * weights must be replaced by new tensors, never written in place. The stock WebGPU kernel adds the parts of
 * long sums atomically, in an order that varies, so that program is ruled out.
 * @param a [m, k], or [k, m] when transposeA
 * @param b [k, n], or [n, k] when transposeB
 * @returns [m, n]
 */
export function multiply(a: Tensor2D, b: Tensor2D, transposeA = false, transposeB = false): Tensor2D {
  if (getBackend() !== 'webgpu') {
    return matMul(transposeA ? transpose(a) : a, transposeB ? transpose(b) : b);
  }
  const inner = a.shape[transposeA ? 0 : 1];
  if (inner < SPLIT_LENGTH) return matMul(a, b, transposeA, transposeB);
  const chosen = env().getNumber('WEBGPU_MATMUL_PROGRAM_TYPE');
  env().set('WEBGPU_MATMUL_PROGRAM_TYPE', SMALL_OUTPUT_PROGRAM);
  try {
    return matMul(a, b, transposeA, transposeB);
  } finally {
    env().set('WEBGPU_MATMUL_PROGRAM_TYPE', chosen);
  }
}

/** Batched products over the leading axes, as attention needs them: [..., m, k] · [..., k, n]. */
export function multiplyBatched<T extends Tensor>(a: T, b: T, transposeA = false, transposeB = false): T {
  return matMul(a, b, transposeA, transposeB);
}
