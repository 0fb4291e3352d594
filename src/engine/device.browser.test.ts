import { describe, expect, it } from 'vitest';
import { backends, describeBackends } from '../../tests/engine/backends';
import { openDevice } from './device';
import { probeDevices } from './probe';
import { defaultThreads } from './threads/threads';
import type { BackendName, DeviceProbe, OpenedDevice } from './types';

interface WorkerAnswer {
  probe: DeviceProbe;
  device: OpenedDevice;
  product: number[];
  error?: string;
}

function inWorker(choice: 'auto' | BackendName): Promise<WorkerAnswer> {
  const worker = new Worker(new URL('../../tests/engine/deviceWorker.ts', import.meta.url), {
    type: 'module',
  });
  return new Promise<WorkerAnswer>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<WorkerAnswer>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(choice);
  }).finally(() => worker.terminate());
}

describeBackends('openDevice', (backend) => {
  it('opens what it is asked for', async () => {
    const device = await openDevice(backend);
    expect(device).toMatchObject({ backend, userAgent: navigator.userAgent });
    // The tests' page is cross-origin isolated, so that WASM has its threads.
    expect(device.threads).toBe(backend === 'wasm' ? defaultThreads() : 1);
    expect(device.description).not.toBe('');
    const { webgpu } = await probeDevices();
    expect(device.software).toBe(backend === 'webgpu' && webgpu.software);
  });

  it('computes in a worker', async () => {
    const answer = await inWorker(backend);
    expect(answer.error).toBeUndefined();
    expect(answer.device.backend).toBe(backend);
    expect(answer.product).toEqual([11]);
  });
});

describe('probeDevices', () => {
  it('takes WebGPU on a real GPU, WASM where the only adapter is a software one, and says why', async () => {
    const { webgpu, wasm, choice, why } = await probeDevices();
    expect(webgpu.available).toBe(backends.includes('webgpu'));
    expect(wasm).toEqual({ available: true, simd: true, threads: defaultThreads() });
    expect(choice).toBe(webgpu.software ? 'wasm' : 'webgpu');
    expect(why).toContain(webgpu.description);
    expect(why).toMatch(/^Web.* because .*\.$/);
  });

  it('knows a software adapter by its flag or by its name', async () => {
    const { gpu } = navigator;
    const probeWith = async (info: object) => {
      const adapter = { info: { vendor: '', architecture: '', device: '', description: '', ...info } };
      const fake = { requestAdapter: () => Promise.resolve(adapter) };
      Object.defineProperty(navigator, 'gpu', { value: fake, configurable: true });
      return (await probeDevices()).webgpu;
    };
    try {
      expect(await probeWith({ vendor: 'nvidia', architecture: 'ada' })).toEqual({
        available: true,
        software: false,
        description: 'nvidia ada',
      });
      expect((await probeWith({ isFallbackAdapter: true })).software).toBe(true);
      for (const description of ['SwiftShader Device', 'llvmpipe (LLVM 15)', 'Microsoft Basic Render Driver'])
        expect((await probeWith({ description })).software).toBe(true);
    } finally {
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    }
  });

  it("is what 'auto' opens, in a worker as in the page", async () => {
    const { choice } = await probeDevices();
    const answer = await inWorker('auto');
    expect(answer.error).toBeUndefined();
    expect(answer.probe.choice).toBe(choice);
    expect(answer.device.backend).toBe(choice);
  });

  it('gives a reason where there is no WebGPU', async () => {
    const { gpu } = navigator;
    Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true });
    try {
      const probe = await probeDevices();
      expect(probe.webgpu).toMatchObject({ available: false, software: false });
      expect(probe.choice).toBe('wasm');
      expect(probe.why).toContain(probe.webgpu.reason);
      await expect(openDevice('webgpu')).rejects.toThrow(
        /WebGPU is not available: this browser has no WebGPU/,
      );
    } finally {
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    }
  });

  it('gives a reason where there is no adapter', async () => {
    const { gpu } = navigator;
    const none = { requestAdapter: () => Promise.resolve(null) };
    Object.defineProperty(navigator, 'gpu', { value: none, configurable: true });
    try {
      expect((await probeDevices()).why).toMatch(/no adapter/);
    } finally {
      Object.defineProperty(navigator, 'gpu', { value: gpu, configurable: true });
    }
  });
});
