import { describe, expect, it } from 'vitest';

describe('the browser that runs the engine tests', () => {
  it('is cross-origin isolated, so that WASM may use threads', () => {
    expect(globalThis.crossOriginIsolated).toBe(true);
  });

  it('has a WebGPU adapter and device', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    expect(adapter).not.toBeNull();
    const device = await adapter!.requestDevice();
    expect(device.limits.maxStorageBuffersPerShaderStage).toBeGreaterThanOrEqual(8);
    device.destroy();
  });
});
