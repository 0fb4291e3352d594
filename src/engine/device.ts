/** The device that the engine computes on: one is open at a time. */
import type { Executor } from './program/executor';
import { probeDevices } from './probe';
import type { BackendName, OpenedDevice } from './types';

let executor: Executor | undefined;
/** That of the WebGPU backend, while it is the one in use. */
let device: GPUDevice | null = null;

/** What programs run on. @throws Error before `openDevice` */
export function currentExecutor(): Executor {
  if (!executor) throw new Error('no device is open');
  return executor;
}

/** What is held on the open device, of all models together. */
export function deviceMemory(): { bytes: number; buffers: number } {
  return currentExecutor().memory();
}

/**
 * Opens a backend and makes it the one that everything after computes on.
 * @param choice 'auto' takes WebGPU on a real GPU, and WASM where the only adapter is a software one, or none
 * @param options threads of WASM; by default one for each core up to 8, where the page is cross-origin isolated
 * @throws Error with the reason, in a sentence, when the backend cannot be had
 */
export async function openDevice(
  choice: 'auto' | BackendName,
  options: { threads?: number } = {},
): Promise<OpenedDevice> {
  const probe = await probeDevices();
  const backend = choice === 'auto' ? probe.choice : choice;
  if (backend === 'webgpu' && !probe.webgpu.available)
    throw new Error(`WebGPU is not available: ${probe.webgpu.reason ?? 'no reason was given'}`);
  if (backend === 'wasm' && !probe.wasm.simd)
    throw new Error('This browser has no WebAssembly with SIMD, which the engine needs.');

  executor?.dispose();
  executor = undefined;
  device = null;
  const opened =
    backend === 'webgpu' ? await openWebGpu(probe.webgpu.software) : await openWasm(options.threads);
  executor = opened.executor;
  return {
    backend,
    description: backend === 'webgpu' ? probe.webgpu.description : opened.description,
    software: backend === 'webgpu' && probe.webgpu.software,
    threads: opened.threads,
    userAgent: navigator.userAgent,
  };
}

interface Opened {
  executor: Executor;
  description: string;
  threads: number;
}

async function openWebGpu(software: boolean): Promise<Opened> {
  // TensorFlow.js is loaded only where it is used: WASM runs need none of it.
  const [{ openWebGpuBackend }, { WebGpuExecutor }] = await Promise.all([
    import('./tf'),
    import('./webgpu/executor'),
  ]);
  device = await openWebGpuBackend();
  if (!device) throw new Error('WebGPU did not start: the browser offered an adapter but no device.');
  return { executor: new WebGpuExecutor(device, { software }), description: '', threads: 1 };
}

async function openWasm(threads?: number): Promise<Opened> {
  const { WasmExecutor } = await import('./wasm/executor');
  const wasm = await WasmExecutor.create(threads === undefined ? {} : { threads });
  const used = wasm.threads === 1 ? 'one thread' : `${wasm.threads} threads`;
  return { executor: wasm, description: `WebAssembly with SIMD, ${used}`, threads: wasm.threads };
}

/**
 * Resolves with the reason when the browser takes the open GPU device away (driver reset, out of memory);
 * nothing computed on it can be read any more. Never resolves on WASM.
 */
export async function deviceLost(): Promise<string> {
  if (device === null) return new Promise(() => undefined);
  const { reason, message } = await device.lost;
  return message === '' ? `The GPU device was lost (${reason}).` : message;
}
