/** TensorFlow.js as it comes: its own backends and kernels, and the one kernel that training a T5 lacks on WASM. */
import * as tf from '@tensorflow/tfjs';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import '@tensorflow/tfjs-backend-webgpu';

/** What is used of the WASM backend. */
interface Heap {
  makeOutput(shape: number[], dtype: 'float32'): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array;
}

/** The gradient of `gather`: out[ids[i]] += x[i], row by row. */
function unsortedSegmentSum({ inputs, backend, attrs }: Parameters<tf.KernelFunc>[0]): tf.TensorInfo {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const { numSegments } = attrs as { numSegments: number };
  const wasm = backend as unknown as Heap;
  const shape = [numSegments, ...x.shape.slice(1)];
  const out = wasm.makeOutput(shape, 'float32');
  // Views are taken once the output is there: making it may move the heap.
  const [values, ids, sums] = [x, segmentIds, out].map((info) => wasm.typedArrayFromHeap(info));
  if (!values || !ids || !sums) throw new Error('no views of the heap');
  const width = sums.length / numSegments;
  sums.fill(0);
  ids.forEach((id: number, i: number) => {
    if (id < 0) return;
    for (let j = 0; j < width; j++) sums[id * width + j]! += values[i * width + j]!;
  });
  return out;
}

/** Opens a backend. On one thread WASM goes without the worker pool that it would start on an isolated page. */
export async function openBackend(name: 'webgpu' | 'wasm', threads = 1): Promise<void> {
  if (name === 'wasm') {
    if (threads > 1) setThreadsCount(threads);
    else tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths({
      'tfjs-backend-wasm.wasm': plain,
      'tfjs-backend-wasm-simd.wasm': simd,
      'tfjs-backend-wasm-threaded-simd.wasm': threaded,
    });
    const kernel = { kernelName: 'UnsortedSegmentSum', backendName: 'wasm' };
    const known = tf.getKernel(kernel.kernelName, kernel.backendName) as tf.KernelConfig | undefined;
    if (!known) tf.registerKernel({ ...kernel, kernelFunc: unsortedSegmentSum });
  }
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js could not open ${name}`);
  await tf.ready();
}
