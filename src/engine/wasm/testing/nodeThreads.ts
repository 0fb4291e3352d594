/** Helper threads in Node, for tests: what ../../threads/thread.worker.ts is in a browser. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { hasRelaxedSimd } from '../kernels';
import { layout } from '../layout';
import type { SpawnThread } from '../../threads/threads';

/** Node runs no TypeScript in workers, so this is serveThread.ts over again. */
const body = `
const { parentPort, workerData: { module, memory, thread, threads } } = require('node:worker_threads');
const words = new Int32Array(memory.buffer);
const sleep = (address, seen) => { Atomics.wait(words, address / 4, seen, 1000); };
const kernels = new WebAssembly.Instance(module, { env: { memory, sleep } }).exports;
kernels.start(thread, threads, 1);
parentPort.postMessage('ready');
try {
  kernels.serve();
} catch (error) {
  Atomics.store(words, ${layout.failed / 4}, 1);
  Atomics.notify(words, ${layout.phase / 4});
  throw error;
}`;

export const spawnNode: SpawnThread = (start) =>
  new Promise((resolve, reject) => {
    const worker = new Worker(body, { eval: true, workerData: start });
    worker.once('message', () => {
      resolve({ terminate: () => void worker.terminate() });
    });
    worker.once('error', reject);
    worker.unref();
  });

/** Node 20 has relaxed SIMD behind a flag. */
export function enableRelaxedSimd(): void {
  if (!hasRelaxedSimd()) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
