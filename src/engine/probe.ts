/** What this machine offers to compute on. */
import { defaultThreads } from './threads/threads';
import { hasSimd } from './wasm/kernels';
import type { DeviceProbe } from './types';

/**
 * What this machine offers, without loading a model or opening a device. Works in a page and in a worker.
 */
export async function probeDevices(): Promise<DeviceProbe> {
  const webgpu = await probeWebGPU();
  const wasm = {
    available: typeof WebAssembly === 'object',
    simd: typeof WebAssembly === 'object' && hasSimd(),
    threads: defaultThreads(),
  };
  return { webgpu, wasm, ...choose(webgpu, wasm) };
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
