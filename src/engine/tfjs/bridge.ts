/** What runs the kernels on a backend of TensorFlow.js, and keeps their programs. */
import type { TensorInfo } from '@tensorflow/tfjs';
import { KernelBuilder, type Call, type Kernel, type KernelProgram } from './kernel';

export type TensorInfos = Readonly<Record<string, TensorInfo>>;

export interface Bridge {
  /** Results in the order in which the kernel makes them. */
  run(kernel: Kernel, inputs: TensorInfos, call: Call): TensorInfo[];
  /** What the programs hold, besides tensors. */
  memory(): BridgeMemory;
  dispose(): void;
}

export interface BridgeMemory {
  bytes: number;
  buffers: number;
  programs: number;
}

/** The most programs that are kept, and the most bytes of theirs. */
export interface CacheLimits {
  programs: number;
  bytes: number;
}

export const defaultLimits: CacheLimits = { programs: 256, bytes: 256 * 2 ** 20 };

/** A program made for its shapes, ready on a device. */
export interface Ready {
  readonly kernel: KernelProgram;
  readonly bytes: number;
}

/** Programs by kernel, shapes and attributes; those that were used longest ago go first. */
export class ProgramCache<T extends Ready> {
  readonly #entries = new Map<string, T>();
  readonly #limits: CacheLimits;
  readonly #load: (kernel: KernelProgram) => T;
  readonly #unload: (entry: T) => void;
  #bytes = 0;

  constructor(limits: CacheLimits, load: (kernel: KernelProgram) => T, unload: (entry: T) => void) {
    this.#limits = limits;
    this.#load = load;
    this.#unload = unload;
  }

  get size(): number {
    return this.#entries.size;
  }

  find(kernel: Kernel, inputs: TensorInfos, { attributes }: Call): T {
    const shapes = Object.entries(inputs).map(([name, { shape }]) => [name, shape] as const);
    const key = JSON.stringify([kernel.name, shapes, attributes]);
    let entry = this.#entries.get(key);
    if (entry) this.#entries.delete(key);
    else {
      const builder = new KernelBuilder(kernel.name, new Map(shapes));
      kernel.build(builder, attributes);
      entry = this.#load(builder.build());
      this.#bytes += entry.bytes;
    }
    // Put back last, so that the first is the one used longest ago.
    this.#entries.set(key, entry);
    this.#trim();
    return entry;
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#drop(key);
  }

  #trim(): void {
    for (const key of this.#entries.keys()) {
      const full = this.#entries.size > this.#limits.programs || this.#bytes > this.#limits.bytes;
      if (!full || this.#entries.size === 1) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    this.#unload(entry);
  }
}
