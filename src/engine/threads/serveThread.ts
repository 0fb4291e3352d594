import type { KernelExports } from '../wasm/kernels';
import { endThreads, kernelImports, type ThreadStart } from './threads';

/** A helper's life; `ready` is called when it waits for jobs. Returns when the executor is disposed of. */
export function serveThread({ module, memory, thread, threads }: ThreadStart, ready: () => void): void {
  const instance = new WebAssembly.Instance(module, kernelImports(memory));
  const kernels = instance.exports as unknown as KernelExports;
  kernels.start(thread, threads, 1);
  ready();
  try {
    kernels.serve();
  } catch (error) {
    // The other threads would wait for this one forever.
    endThreads(memory);
    throw error;
  }
}
