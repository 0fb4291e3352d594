/** TensorFlow.js as the engine uses it: the WebGPU backend's device, which all programs on WebGPU run on. */
import { backend, getBackend as currentBackend } from '@tensorflow/tfjs-core';

export { getBackend, ready, setBackend } from '@tensorflow/tfjs-core';

/** The device that the WebGPU backend computes on; null on any other backend. */
export function webgpuDevice(): GPUDevice | null {
  if (currentBackend() !== 'webgpu') return null;
  return (backend() as unknown as { device: GPUDevice }).device;
}
