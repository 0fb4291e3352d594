import type { CompileProgress, Executor, ExecutorLimits, LoadedProgram } from '../program/executor';
import { planScratch, type ScratchPlan } from '../program/plan';
import type { Program, ProgramBuffer, View } from '../program/program';
import { encodeProgram } from './encode';
import { Heap } from './heap';
import { bestVariant, compileKernels, type KernelExports, type KernelVariant } from './kernels';
import {
  canSleep,
  defaultThreads,
  endThreads,
  kernelImports,
  type SpawnThread,
  type Thread,
} from '../threads/threads';
import { spawnWorker } from '../threads/spawn';

export interface WasmOptions {
  /** Threads in all; by default one for each core up to 8, where the page is cross-origin isolated. */
  threads?: number;
  /** By default the best that the browser has. */
  variant?: KernelVariant;
  /** How helper threads are started; workers by default. */
  spawn?: SpawnThread;
  /** Largest size of the memory in pages of 64 KiB; 65536, which is 4 GiB, by default. */
  pages?: number;
}

interface Loaded extends LoadedProgram {
  /** Inputs and outputs, which belong to the program. */
  readonly addresses: Map<ProgramBuffer, number>;
  readonly plan: ScratchPlan;
  readonly words: number;
  readonly workspaceBytes: number;
}

/** A block that grows when more is asked of it; its contents are lost then. */
interface Shared {
  address: number;
  bytes: number;
}

/**
 * Runs programs in one WebAssembly module: a run is one call into it, and the loop over instructions is there.
 * Scratch and the kernels' workspace are one block each for all programs, since programs run one at a time.
 */
export class WasmExecutor implements Executor {
  readonly kind = 'wasm';
  readonly #arenas = new Map<ProgramBuffer, number>();
  readonly #loaded = new Set<Loaded>();
  readonly #scratch: Shared = { address: 0, bytes: 0 };
  readonly #workspace: Shared = { address: 0, bytes: 0 };

  private constructor(
    readonly variant: KernelVariant,
    readonly threads: number,
    readonly heap: Heap,
    private readonly kernels: KernelExports,
    private readonly helpers: readonly Thread[],
  ) {}

  get limits(): ExecutorLimits {
    const { limit } = this.heap;
    return { buffer: limit, binding: limit, total: limit };
  }

  /**
   * Compiles the kernels, makes the memory and starts the helper threads.
   * @throws Error without WebAssembly SIMD, RangeError without memory
   */
  static async create(options: WasmOptions = {}): Promise<WasmExecutor> {
    const threads = options.threads ?? defaultThreads();
    if (!Number.isInteger(threads) || threads < 1)
      throw new RangeError(`threads is ${threads}, not a whole number from 1 up`);
    const variant = options.variant ?? bestVariant(threads);
    const shared = variant.endsWith('-threads');
    if (threads > 1 && !shared) throw new RangeError(`${variant} kernels run on one thread, not ${threads}`);
    const module = await compileKernels(variant);
    const heap = new Heap(shared, options.pages);
    const { memory } = heap;
    const { exports } = await WebAssembly.instantiate(module, kernelImports(memory));
    const kernels = exports as unknown as KernelExports;
    const spawn = options.spawn ?? spawnWorker;
    const helpers: Promise<Thread>[] = [];
    for (let thread = 1; thread < threads; thread++) helpers.push(spawn({ module, memory, thread, threads }));
    kernels.start(0, threads, threads > 1 && canSleep() ? 1 : 0);
    return new WasmExecutor(variant, threads, heap, kernels, await Promise.all(helpers));
  }

  allocate(buffer: ProgramBuffer): void {
    if (this.#arenas.has(buffer)) throw new Error(`${buffer.name} is allocated already`);
    this.#arenas.set(buffer, this.heap.allocate(buffer.length * 4, buffer.name));
  }

  free(buffer: ProgramBuffer): void {
    const address = this.#arenas.get(buffer);
    if (address === undefined) throw new Error(`${buffer.name} is not allocated`);
    this.#arenas.delete(buffer);
    this.heap.release(address);
  }

  load(program: Program, onProgress?: CompileProgress): Promise<LoadedProgram> {
    return new Promise((resolve) => {
      const loaded = this.loadNow(program);
      onProgress?.(1, 1);
      resolve(loaded);
    });
  }

  /** As `load`, at once: there is nothing to wait for. */
  loadNow(program: Program): LoadedProgram {
    const plan = planScratch(program);
    const addresses = new Map<ProgramBuffer, number>();
    let words = 0;
    try {
      for (const buffer of program.buffers)
        if (buffer.kind === 'input' || buffer.kind === 'output')
          addresses.set(buffer, this.heap.allocate(buffer.length * 4, `${program.name}: ${buffer.name}`));
      const length = encodeProgram(program, () => 0).byteLength;
      words = this.heap.allocate(length, `the instructions of ${program.name}`);
      this.#enlargeScratch(plan.length * 4, `the scratch of ${program.name}`);
      const draft = { program, addresses, plan, words };
      this.#encode(draft);
      const workspaceBytes =
        Math.ceil(this.kernels.workspaceFor(words, program.instructions.length) / 64) * 64;
      this.#enlarge(this.#workspace, workspaceBytes * this.threads, `the workspace of ${program.name}`);
      const own = [...addresses.keys()].reduce((sum, buffer) => sum + buffer.length, 0);
      const bytes = 4 * (own + plan.length) + length;
      const loaded: Loaded = { ...draft, dispatches: program.instructions.length, bytes, workspaceBytes };
      this.#loaded.add(loaded);
      return loaded;
    } catch (error) {
      for (const address of addresses.values()) this.heap.release(address);
      if (words) this.heap.release(words);
      throw error;
    }
  }

  /** Writes a program's words, which hold addresses. */
  #encode(loaded: Pick<Loaded, 'program' | 'addresses' | 'plan' | 'words'>): void {
    const words = encodeProgram(loaded.program, (view) => this.#address(view, loaded));
    new Int32Array(this.heap.memory.buffer, loaded.words, words.length).set(words);
  }

  /** The words of programs hold addresses in the scratch, so they are written anew when it has moved. */
  #enlargeScratch(bytes: number, what: string): void {
    const { address } = this.#scratch;
    try {
      this.#enlarge(this.#scratch, bytes, what);
    } finally {
      if (this.#scratch.address !== address) this.#loaded.forEach((other) => this.#encode(other));
    }
  }

  #enlarge(block: Shared, bytes: number, what: string): void {
    if (bytes <= block.bytes) return;
    if (block.address) this.heap.release(block.address);
    const old = block.bytes;
    Object.assign(block, { address: 0, bytes: 0 });
    try {
      Object.assign(block, { address: this.heap.allocate(bytes, what), bytes });
    } catch (error) {
      // It fitted before, so it fits again.
      if (old > 0) Object.assign(block, { address: this.heap.allocate(old, what), bytes: old });
      throw error;
    }
  }

  unload(loaded: LoadedProgram): void {
    const own = this.#own(loaded);
    this.#loaded.delete(own);
    for (const address of own.addresses.values()) this.heap.release(address);
    this.heap.release(own.words);
    if (this.#loaded.size > 0) return;
    for (const block of [this.#scratch, this.#workspace]) {
      if (block.address) this.heap.release(block.address);
      Object.assign(block, { address: 0, bytes: 0 });
    }
  }

  #own(loaded: LoadedProgram): Loaded {
    if (!this.#loaded.has(loaded as Loaded)) throw new Error(`${loaded.program.name} is not loaded here`);
    return loaded as Loaded;
  }

  #address(view: View, loaded?: Pick<Loaded, 'addresses' | 'plan'>): number {
    const { buffer } = view;
    const scratch = loaded?.plan.offsets.get(buffer);
    const base =
      this.#arenas.get(buffer) ??
      loaded?.addresses.get(buffer) ??
      (scratch === undefined ? undefined : this.#scratch.address + scratch * 4);
    if (base === undefined) throw new Error(`${buffer.name} is not on the device`);
    return base + view.offset * 4;
  }

  /** A view's own memory, not a copy; no good any more once anything has been loaded or allocated. */
  words(view: View, loaded?: LoadedProgram): Uint32Array {
    const address = this.#address(view, loaded && this.#own(loaded));
    return new Uint32Array(this.heap.memory.buffer, address, view.length);
  }

  write(view: View, data: Float32Array | Uint32Array | Int32Array, loaded?: LoadedProgram): void {
    if (data.length > view.length)
      throw new RangeError(`${view.buffer.name}: ${data.length} elements for a view of ${view.length}`);
    this.words(view, loaded).set(new Uint32Array(data.buffer, data.byteOffset, data.length));
  }

  clear(view: View): void {
    this.words(view).fill(0);
  }

  /** @throws Error when a helper thread has died */
  run(loaded: LoadedProgram): void {
    const { program, words, workspaceBytes } = this.#own(loaded);
    const { instructions } = program;
    const status = this.kernels.run(words, instructions.length, this.#workspace.address, workspaceBytes);
    if (status < 0) throw new Error(`${program.name}: a thread of the engine has died`);
    if (status > 0) throw new Error(`${program.name}: no kernel for ${instructions[status - 1]!.op.name}`);
  }

  read(view: View, loaded?: LoadedProgram): Promise<Float32Array<ArrayBuffer>> {
    return Promise.resolve(new Float32Array(this.#copy(view, loaded)));
  }

  readUint32(view: View, loaded?: LoadedProgram): Promise<Uint32Array<ArrayBuffer>> {
    return Promise.resolve(new Uint32Array(this.#copy(view, loaded)));
  }

  #copy(view: View, loaded: LoadedProgram | undefined): ArrayBuffer {
    const copy = new Uint32Array(view.length);
    copy.set(this.words(view, loaded));
    return copy.buffer;
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  memory(): { bytes: number; buffers: number } {
    return { bytes: this.heap.used, buffers: this.heap.blocks };
  }

  dispose(): void {
    if (this.threads > 1) endThreads(this.heap.memory);
    for (const helper of this.helpers) helper.terminate();
    this.#arenas.clear();
    this.#loaded.clear();
  }
}
