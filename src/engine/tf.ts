/**
 * TensorFlow.js as the engine uses it: its WebGPU backend asks for the adapter and the device, with the largest
 * limits that there are, and every program on WebGPU runs on that device. None of its kernels are loaded here, nor
 * its gradients: they are most of the library, and programs need neither.
 */
import { backend, getBackend, ready, setBackend } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-webgpu/dist/base';

/** Opens the WebGPU backend; null when the browser offers no device. */
export async function openWebGpuBackend(): Promise<GPUDevice | null> {
  if (!(await setBackend('webgpu'))) return null;
  await ready();
  if (getBackend() !== 'webgpu') return null;
  return (backend() as unknown as { device: GPUDevice }).device;
}
