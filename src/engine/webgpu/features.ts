/** Optional features of WebGPU: asked for where the adapter has them, used where the device was made with them. */

export type Feature = 'shader-f16' | 'subgroups';

export const optionalFeatures: readonly Feature[] = ['shader-f16', 'subgroups'];

/** Kernels need large buffers; the other limits are for TensorFlow.js's own kernels on the same device. */
const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/** A device with the adapter's own limits and what optional features it has. */
export function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    requiredFeatures: optionalFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
}

/**
 * Fewest threads of a subgroup, 0 where kernels do without. They need the numbers of subgroups, which came to WGSL
 * after subgroups themselves, and subgroups that a workgroup of 64 threads fills.
 */
export function fewestOfSubgroup(device: GPUDevice): number {
  // Not every browser tells of a device what it tells of an adapter.
  const info = device.adapterInfo as GPUAdapterInfo | undefined;
  const { subgroupMinSize = 0, subgroupMaxSize = Infinity } = info ?? {};
  const known = device.features.has('subgroups') && navigator.gpu.wgslLanguageFeatures.has('subgroup_id');
  return known && subgroupMaxSize <= 64 ? subgroupMinSize : 0;
}
