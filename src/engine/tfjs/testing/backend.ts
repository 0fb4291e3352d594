/** Backends of TensorFlow.js with our kernels, opened once for all tests of a page. */
import { env, setBackend } from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasm from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';
import { registerLetheKernels, type LetheKernels } from '../index';

const opened = new Map<string, Promise<LetheKernels>>();

/** Opens a backend, or makes it the active one again. */
export async function openBackend(name: 'webgpu' | 'wasm'): Promise<LetheKernels> {
  let kernels = opened.get(name);
  if (!kernels) {
    // Threads of the stock backend would gain nothing on tensors as small as these.
    env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    // It asks for a path of each variant, of which one is then fetched.
    setWasmPaths({
      'tfjs-backend-wasm.wasm': wasm,
      'tfjs-backend-wasm-simd.wasm': wasm,
      'tfjs-backend-wasm-threaded-simd.wasm': wasm,
    });
    kernels = registerLetheKernels(name, { wasm: { threads: 1 } });
    opened.set(name, kernels);
  }
  await kernels;
  await setBackend(name);
  return kernels;
}
