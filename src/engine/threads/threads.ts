import { layout } from '../wasm/layout';

/** What a helper thread needs: it makes its own instance of the module over the same memory. */
export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** 1 and up; thread 0 is the one that calls `run`. */
  thread: number;
  threads: number;
}

export interface Thread {
  terminate(): void;
}

/** Starts a helper; resolves when it is waiting for jobs. */
export type SpawnThread = (start: ThreadStart) => Promise<Thread>;

const most = 8;
/** Sleepers look at the word that tells of a dead thread this often. */
const napMilliseconds = 1000;

/**
 * Threads to use by default: as many as there are cores, up to 8; one where the page is not cross-origin
 * isolated, since threads share their memory.
 */
export function defaultThreads(): number {
  if (typeof Worker === 'undefined' || !globalThis.crossOriginIsolated) return 1;
  return Math.max(1, Math.min(navigator.hardwareConcurrency, most));
}

/** Whether this thread may sleep: the main thread of a page may not. */
export function canSleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0);
    return true;
  } catch {
    return false;
  }
}

/** What an instance of the kernels imports. */
export function kernelImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  // A view of the memory as it is now: the words that threads share lie at its beginning.
  const words = new Int32Array(memory.buffer);
  const sleep = (address: number, seen: number): void => {
    Atomics.wait(words, address / 4, seen, napMilliseconds);
  };
  return { env: { memory, sleep } };
}

/** Lets every waiting thread return, helpers for good. */
export function endThreads(memory: WebAssembly.Memory): void {
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, layout.failed / 4, 1);
  for (const address of [layout.job, layout.phase]) Atomics.notify(words, address / 4);
}
