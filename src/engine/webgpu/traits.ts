/** What kernels may want to know of a device, asked of it. */
import { fewestOfSubgroup, optionalFeatures, type Feature } from './features';
import type { Traits } from './kernel';

export interface TraitOptions {
  /** The adapter computes on the CPU; by default what the device says of itself. */
  software?: boolean;
  /** Those of the device's optional features that kernels use; by default all. */
  features?: readonly Feature[];
}

export function traitsOf(device: GPUDevice, options: TraitOptions = {}): Traits {
  const { maxStorageBufferBindingSize, maxBufferSize } = device.limits;
  // Not every browser tells of a device what it tells of an adapter.
  const info = device.adapterInfo as GPUAdapterInfo | undefined;
  const emulated = options.software ?? info?.isFallbackAdapter ?? false;
  const features = options.features ?? optionalFeatures;
  return {
    software: emulated,
    swiftShader: emulated && info?.architecture === 'swiftshader',
    maxBindingBytes: Math.floor(Math.min(maxStorageBufferBindingSize, maxBufferSize) / 256) * 256,
    halves: features.includes('shader-f16') && device.features.has('shader-f16'),
    subgroup: features.includes('subgroups') ? fewestOfSubgroup(device) : 0,
  };
}
