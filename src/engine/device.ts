import plainUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { env, getBackend, ready, setBackend, webgpuDevice } from './tf';
import type { BackendName, DeviceProbe, OpenedDevice } from './types';

/**
 * What this machine offers, without loading a model or opening a device. Works in a page and in a worker.
 */
export async function probeDevices(): Promise<DeviceProbe> {
  const webgpu = await probeWebGPU();
  const wasm = {
    available: typeof WebAssembly === 'object',
    simd: typeof WebAssembly === 'object' && WebAssembly.validate(SIMD_MODULE),
    threads: 1,
  };
  return { webgpu, wasm, ...choose(webgpu, wasm) };
}

/**
 * Opens a backend and makes it the one that everything after computes on.
 * @param choice 'auto' takes WebGPU on a real GPU, and WASM where the only adapter is a software one, or none
 * @throws Error with the reason, in a sentence, when the backend cannot be had
 */
export async function openDevice(choice: 'auto' | BackendName): Promise<OpenedDevice> {
  const probe = await probeDevices();
  const backend = choice === 'auto' ? probe.choice : choice;
  if (backend === 'webgpu' && !probe.webgpu.available)
    throw new Error(`WebGPU is not available: ${probe.webgpu.reason ?? 'no reason was given'}`);
  if (backend === 'wasm' && !probe.wasm.available)
    throw new Error('This browser has no WebAssembly, which the engine needs.');

  if (backend === 'webgpu') await import('@tensorflow/tfjs-backend-webgpu');
  else await registerWasm();
  const opened = await setBackend(backend);
  if (!opened)
    throw new Error(
      backend === 'webgpu'
        ? 'WebGPU did not start: the browser offered an adapter but no device.'
        : 'The WebAssembly backend did not start.',
    );
  await ready();
  if (getBackend() !== backend) throw new Error(`The engine opened ${getBackend()} instead of ${backend}.`);
  return {
    backend,
    description:
      backend === 'webgpu'
        ? probe.webgpu.description
        : `WebAssembly ${probe.wasm.simd ? 'with SIMD' : 'without SIMD'}, one thread`,
    software: backend === 'webgpu' && probe.webgpu.software,
    threads: 1,
    userAgent: navigator.userAgent,
  };
}

/**
 * Resolves with the reason when the browser takes the open GPU device away (driver reset, out of memory);
 * nothing computed on it can be read any more. Never resolves on WASM.
 */
export async function deviceLost(): Promise<string> {
  const device = webgpuDevice();
  if (device === null) return new Promise(() => undefined);
  const { reason, message } = await device.lost;
  return message === '' ? `The GPU device was lost (${reason}).` : message;
}

async function probeWebGPU(): Promise<DeviceProbe['webgpu']> {
  const none = (reason: string) => ({ available: false, software: false, description: '', reason });
  // Typed as always there; absent in browsers without WebGPU and on pages served without TLS.
  const gpu = (navigator as { gpu?: GPU }).gpu;
  if (gpu === undefined)
    return none(
      globalThis.isSecureContext
        ? 'this browser has no WebGPU.'
        : 'browsers offer WebGPU only to pages served over HTTPS or from localhost.',
    );
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  } catch (error) {
    return none(`asking for an adapter failed: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (adapter === null) return none('this browser has WebGPU, but no adapter to compute on.');
  const description = describeAdapter(adapter);
  return { available: true, software: isSoftware(adapter, description), description };
}

/** The adapter's own words; browsers leave out what they keep to themselves. */
function describeAdapter({ info }: GPUAdapter): string {
  const words = [info.vendor, info.architecture, info.device, info.description].filter((word) => word !== '');
  return words.length === 0 ? 'GPU of undisclosed make' : [...new Set(words)].join(' ');
}

function isSoftware(adapter: GPUAdapter, description: string): boolean {
  // Where the flag lies has changed between versions of the specification.
  const older = (adapter as { isFallbackAdapter?: boolean }).isFallbackAdapter;
  const flagged = (adapter.info as { isFallbackAdapter?: boolean }).isFallbackAdapter ?? older ?? false;
  return (
    flagged || /swiftshader|llvmpipe|lavapipe|softpipe|basic render|\bwarp\b|software/i.test(description)
  );
}

function choose(
  webgpu: DeviceProbe['webgpu'],
  wasm: DeviceProbe['wasm'],
): Pick<DeviceProbe, 'choice' | 'why'> {
  const onWasm = wasm.simd ? 'WebAssembly with SIMD' : 'WebAssembly';
  if (webgpu.available && !webgpu.software)
    return {
      choice: 'webgpu',
      why: `WebGPU, because this machine has a GPU for it (${webgpu.description}).`,
    };
  if (!wasm.available)
    return { choice: 'webgpu', why: 'WebGPU, because this browser has no WebAssembly to fall back on.' };
  return webgpu.available
    ? {
        choice: 'wasm',
        why: `${onWasm}, because the only WebGPU adapter is emulated on the CPU (${webgpu.description}), which is slower.`,
      }
    : { choice: 'wasm', why: `${onWasm}, because WebGPU is not available: ${webgpu.reason ?? ''}` };
}

let wasmRegistered: Promise<void> | undefined;

function registerWasm(): Promise<void> {
  wasmRegistered ??= (async () => {
    const { setThreadsCount, setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    // The threaded build keeps its memory to itself and takes a pool of eight workers; one thread is enough
    // for the stock kernels. It is never asked for, but a path for every build must be given.
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setThreadsCount(1);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plainUrl,
      'tfjs-backend-wasm-simd.wasm': simdUrl,
      'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
    });
  })();
  return wasmRegistered;
}

/** A module with one function that makes a v128 from an i32: valid only where SIMD is. */
const SIMD_MODULE = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  // type: () → v128
  ...[1, 5, 1, 96, 0, 1, 123],
  // function 0 has type 0
  ...[3, 2, 1, 0],
  // code: i32.const 0, i8x16.splat, end
  ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11],
]);
