/**
 * The kernels on TensorFlow.js's WASM backend. Its memory is its own and so is ours, which WebAssembly modules can't
 * both reach: tensors are copied to our memory before a call and results to its memory after.
 */
import { util, type KernelBackend, type TensorInfo, type TypedArray } from '@tensorflow/tfjs';
import { WasmExecutor, type WasmOptions } from '../wasm/executor';
import type { LoadedProgram } from '../program/executor';
import {
  ProgramCache,
  type Bridge,
  type BridgeMemory,
  type CacheLimits,
  type Ready,
  type TensorInfos,
} from './bridge';
import { packNumbers, type Call, type Kernel } from './kernel';

/** What is used of the backend, so that the engine needn't load it. */
interface WasmBackend extends KernelBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): TypedArray;
}

interface Loaded extends Ready {
  readonly loaded: LoadedProgram;
}

export class WasmBridge implements Bridge {
  readonly #backend: WasmBackend;
  readonly #executor: WasmExecutor;
  readonly #programs: ProgramCache<Loaded>;

  private constructor(backend: WasmBackend, executor: WasmExecutor, limits: CacheLimits) {
    this.#backend = backend;
    this.#executor = executor;
    this.#programs = new ProgramCache(
      limits,
      (kernel) => {
        const loaded = executor.loadNow(kernel.program);
        for (const { view, data } of kernel.constants) executor.write(view, data, loaded);
        return { kernel, loaded, bytes: loaded.bytes };
      },
      ({ loaded }) => executor.unload(loaded),
    );
  }

  /** @throws Error without WebAssembly SIMD */
  static async open(backend: KernelBackend, limits: CacheLimits, options: WasmOptions): Promise<WasmBridge> {
    return new WasmBridge(backend as WasmBackend, await WasmExecutor.create(options), limits);
  }

  run(kernel: Kernel, inputs: TensorInfos, call: Call): TensorInfo[] {
    const executor = this.#executor;
    const { kernel: made, loaded } = this.#programs.find(kernel, inputs, call);
    for (const [name, view] of made.inputs) executor.write(view, this.#read(inputs[name]!), loaded);
    if (made.numbers) executor.write(made.numbers, packNumbers(call.numbers), loaded);
    executor.run(loaded);
    return made.results.map(({ view, shape }) => {
      const tensor = this.#backend.makeOutput(shape, 'float32');
      const target = this.#backend.typedArrayFromHeap(tensor);
      new Uint32Array(target.buffer, target.byteOffset, target.length).set(executor.words(view, loaded));
      return tensor;
    });
  }

  memory(): BridgeMemory {
    return { ...this.#executor.memory(), programs: this.#programs.size };
  }

  dispose(): void {
    this.#programs.clear();
    this.#executor.dispose();
  }

  #read(tensor: TensorInfo): Float32Array | Int32Array {
    util.assert(tensor.dtype === 'float32' || tensor.dtype === 'int32', () => `a tensor is ${tensor.dtype}`);
    return this.#backend.typedArrayFromHeap(tensor) as Float32Array | Int32Array;
  }
}
