import type { Program, ProgramBuffer, View } from './program';

/** A program made ready on a device: scratch placed, pipelines compiled, commands recorded. */
export interface LoadedProgram {
  readonly program: Program;
  /** Kernel launches of one run. */
  readonly dispatches: number;
  /** Bytes of scratch, inputs and outputs that it holds. */
  readonly bytes: number;
}

export type CompileProgress = (compiled: number, of: number) => void;

/** What a device can hold, in bytes; Infinity where nobody knows. */
export interface ExecutorLimits {
  /** Of the largest buffer. */
  buffer: number;
  /** Of the largest range that a kernel is given at once. */
  binding: number;
  /** Of everything together. */
  total: number;
}

/** A device that runs programs. Two of them exist, WebGPU and WASM, and a plain one for tests. */
export interface Executor {
  readonly kind: 'webgpu' | 'wasm' | 'reference';
  readonly limits: ExecutorLimits;
  /** Allocates a buffer of kind `arena`, zeroed. @throws RangeError with the numbers when it can't fit */
  allocate(buffer: ProgramBuffer): void;
  free(buffer: ProgramBuffer): void;
  /** Compiles and places a program. `onProgress` is told how many pipelines are compiled, of how many new ones. */
  load(program: Program, onProgress?: CompileProgress): Promise<LoadedProgram>;
  unload(loaded: LoadedProgram): void;
  /** Host to device; takes effect before the next run. `loaded` is needed for inputs of a program. */
  write(view: View, data: Float32Array | Uint32Array | Int32Array, loaded?: LoadedProgram): void;
  /** Fills a view with zeros. */
  clear(view: View): void;
  /** Submits one run; returns before the device has finished (WebGPU) or after (WASM). */
  run(loaded: LoadedProgram): void;
  /** Device to host, after everything submitted so far. The copy is the caller's. */
  read(view: View, loaded?: LoadedProgram): Promise<Float32Array<ArrayBuffer>>;
  readUint32(view: View, loaded?: LoadedProgram): Promise<Uint32Array<ArrayBuffer>>;
  /** Waits until the device is idle. */
  finish(): Promise<void>;
  memory(): { bytes: number; buffers: number };
  dispose(): void;
}
