/** The operations that WebGPU has kernels for. */
import { matmulPlan } from '../ops/matmul/webgpu';
import type { Plan } from './kernel';

/** By the name of the operation's spec. */
export const plans: Readonly<Record<string, Plan>> = {
  matmul: matmulPlan,
};
