/**
 * TensorFlow.js as the engine uses it: its WebGPU backend, on a device that we ask for, since its own leaves out the
 * optional features that our kernels use; every program on WebGPU runs on that device. None of its kernels are loaded
 * here, nor its gradients: they are most of the library, and programs need neither.
 */
import {
  backend,
  getBackend,
  ready,
  registerBackend,
  removeBackend,
  setBackend,
} from '@tensorflow/tfjs-core';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu/dist/base';
import { requestDevice } from './webgpu/features';

/** Puts a backend on a device with optional features in the place of TensorFlow.js's own, which is not open yet. */
export function useOptionalFeatures(): void {
  removeBackend('webgpu');
  registerBackend('webgpu', async () => {
    const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (!adapter) throw new Error('no WebGPU adapter');
    return new WebGPUBackend(await requestDevice(adapter), adapter.info);
  });
}

let registered = false;

/** Opens the WebGPU backend; null when the browser offers no device. */
export async function openWebGpuBackend(): Promise<GPUDevice | null> {
  if (!registered) useOptionalFeatures();
  registered = true;
  if (!(await setBackend('webgpu'))) return null;
  await ready();
  if (getBackend() !== 'webgpu') return null;
  return (backend() as unknown as WebGPUBackend).device;
}
