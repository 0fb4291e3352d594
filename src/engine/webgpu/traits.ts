/** What kernels may want to know of a device, asked of it. */
import type { Traits } from './kernel';

/** @param software whether the adapter computes on the CPU; by default what the device says of itself */
export function traitsOf(device: GPUDevice, software?: boolean): Traits {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  // Not every browser tells of a device what it tells of an adapter.
  const info = device.adapterInfo as GPUAdapterInfo | undefined;
  const emulated = software ?? info?.isFallbackAdapter ?? false;
  return {
    software: emulated,
    swiftShader: emulated && info?.architecture === 'swiftshader',
    maxBindingBytes: Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 256) * 256,
  };
}
