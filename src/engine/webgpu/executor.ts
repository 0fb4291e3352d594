/** Runs programs on a WebGPU device. */
import type { CompileProgress, Executor, ExecutorLimits, LoadedProgram } from '../program/executor';
import type { Program, ProgramBuffer, View } from '../program/program';
import { Faults } from './faults';
import type { Traits } from './kernel';
import { packUniforms, planProgram, type PlannedLaunch } from './load';
import { Pipelines } from './pipelines';
import { bindLaunch, encodeCommands, type Clear, type Command } from './record';
import { ScratchPool } from './scratchPool';
import { Staging } from './staging';
import { traitsOf, type TraitOptions } from './traits';

/** Room for ranges that are rounded up to whole vectors and for zeroing. */
const padding = 256;

class Recorded implements LoadedProgram {
  commands: readonly (Command | Clear)[] = [];
  dispatches = 0;
  bytes = 0;
  constructor(
    readonly program: Program,
    /** Of the program's inputs, outputs and scratch; scratch buffers share. */
    readonly buffers: ReadonlyMap<ProgramBuffer, GPUBuffer>,
    /** What is destroyed with the program. */
    readonly owned: readonly GPUBuffer[],
    /** What it shares with other programs. */
    readonly scratch: readonly GPUBuffer[],
  ) {}
}

export class WebGpuExecutor implements Executor {
  readonly kind = 'webgpu';
  readonly traits: Traits;
  readonly #device: GPUDevice;
  readonly #faults: Faults;
  readonly #pipelines: Pipelines;
  readonly #staging: Staging;
  readonly #scratch: ScratchPool;
  readonly #arenas = new Map<ProgramBuffer, GPUBuffer>();
  readonly #programs = new Set<Recorded>();
  #bytes = 0;
  #buffers = 0;

  /** The device stays its maker's: `dispose` doesn't destroy it. */
  constructor(device: GPUDevice, options: TraitOptions = {}) {
    this.#device = device;
    this.#faults = new Faults(device);
    this.#pipelines = new Pipelines(device);
    this.#staging = new Staging(device);
    this.#scratch = new ScratchPool(
      (bytes) => this.#create('scratch', bytes),
      (buffer) => this.#destroy(buffer),
    );
    this.traits = traitsOf(device, options);
  }

  get limits(): ExecutorLimits {
    return {
      buffer: this.#device.limits.maxBufferSize,
      binding: this.traits.maxBindingBytes,
      total: Infinity,
    };
  }

  /** Settles when the device is lost; every call from then on throws the same error. */
  get lost(): Promise<Error> {
    return this.#faults.lost;
  }

  allocate(buffer: ProgramBuffer): void {
    this.#faults.check();
    if (buffer.kind !== 'arena')
      throw new Error(`${buffer.name} is ${buffer.kind}: it comes with its program`);
    if (this.#arenas.has(buffer)) throw new Error(`${buffer.name} is already allocated`);
    const { made, checked } = this.#faults.watch(`allocating ${buffer.name}`, () =>
      this.#create(buffer.name, buffer.length * 4),
    );
    this.#arenas.set(buffer, made);
    // Lack of memory is reported late; the next call throws it.
    checked.catch((error: unknown) => this.#faults.keep(error));
  }

  free(buffer: ProgramBuffer): void {
    const gpu = this.#arenas.get(buffer);
    if (!gpu) return;
    this.#arenas.delete(buffer);
    this.#destroy(gpu);
  }

  async load(program: Program, onProgress?: CompileProgress): Promise<LoadedProgram> {
    this.#faults.check();
    const { steps, placement } = planProgram(program, this.traits);
    const launches = steps.filter((step): step is PlannedLaunch => 'request' in step);
    const pipelines = await this.#compile(launches, onProgress);
    const owned: GPUBuffer[] = [];
    const scratch: GPUBuffer[] = [];
    try {
      const { made, checked } = this.#faults.watch(`loading ${program.name}`, () => {
        scratch.push(...this.#scratch.take(placement.slots.map((length) => length * 4)));
        const buffers = new Map<ProgramBuffer, GPUBuffer>();
        for (const [buffer, slot] of placement.slotOf) buffers.set(buffer, scratch[slot]!);
        for (const buffer of program.buffers) {
          if (buffer.kind !== 'input' && buffer.kind !== 'output') continue;
          const made = this.#create(`${program.name} ${buffer.name}`, buffer.length * 4);
          owned.push(made);
          buffers.set(buffer, made);
        }
        const recorded = new Recorded(program, buffers, owned, scratch);
        const { data, offsets, sizes } = packUniforms(
          launches,
          this.#device.limits.minUniformBufferOffsetAlignment,
        );
        const uniforms = this.#createUniforms(program.name, data);
        owned.push(uniforms);
        let next = 0;
        recorded.commands = steps.map((step) => {
          if ('clear' in step) {
            const { offset, length } = step.clear;
            return { buffer: this.#find(step.clear, recorded), offset: offset * 4, size: length * 4 };
          }
          const i = next++;
          return {
            pipeline: pipelines[i]!,
            bindGroup: bindLaunch(
              this.#device,
              this.#pipelines,
              step,
              { buffer: uniforms, offset: offsets[i]!, size: sizes[i]! },
              (view) => this.#find(view, recorded),
            ),
            x: step.grid[0],
            y: step.grid[1],
          };
        });
        recorded.dispatches = launches.length;
        recorded.bytes = [...owned, ...scratch].reduce((sum, buffer) => sum + buffer.size, 0);
        return recorded;
      });
      await checked;
      this.#programs.add(made);
      return made;
    } catch (error) {
      for (const buffer of owned) this.#destroy(buffer);
      this.#scratch.giveBack(scratch);
      throw error;
    }
  }

  /** Does nothing when the program is no longer loaded, as `free` does nothing for a buffer that isn't there. */
  unload(loaded: LoadedProgram): void {
    if (!(loaded instanceof Recorded) || !this.#programs.delete(loaded)) return;
    for (const buffer of loaded.owned) this.#destroy(buffer);
    this.#scratch.giveBack(loaded.scratch);
  }

  write(view: View, data: Float32Array | Uint32Array | Int32Array, loaded?: LoadedProgram): void {
    this.#faults.check();
    if (data.length !== view.length)
      throw new RangeError(`${view.buffer.name}: ${data.length} elements for a view of ${view.length}`);
    const { buffer, byteOffset, byteLength } = data;
    this.#device.queue.writeBuffer(this.#find(view, loaded), view.offset * 4, buffer, byteOffset, byteLength);
  }

  clear(view: View): void {
    this.#faults.check();
    const encoder = this.#device.createCommandEncoder({ label: 'lethe clear' });
    encoder.clearBuffer(this.#find(view), view.offset * 4, view.length * 4);
    this.#device.queue.submit([encoder.finish()]);
  }

  run(loaded: LoadedProgram): void {
    this.#faults.check();
    const { program, commands } = this.#recorded(loaded);
    const encoder = this.#device.createCommandEncoder({ label: program.name });
    encodeCommands(encoder, commands);
    this.#device.queue.submit([encoder.finish()]);
  }

  async read(view: View, loaded?: LoadedProgram): Promise<Float32Array<ArrayBuffer>> {
    return new Float32Array(await this.#read(view, loaded));
  }

  async readUint32(view: View, loaded?: LoadedProgram): Promise<Uint32Array<ArrayBuffer>> {
    return new Uint32Array(await this.#read(view, loaded));
  }

  async finish(): Promise<void> {
    await this.#device.queue.onSubmittedWorkDone();
    this.#faults.check();
  }

  memory(): { bytes: number; buffers: number } {
    const { bytes, buffers } = this.#staging.held;
    return { bytes: this.#bytes + bytes, buffers: this.#buffers + buffers };
  }

  dispose(): void {
    for (const recorded of this.#programs) this.unload(recorded);
    for (const buffer of [...this.#arenas.keys()]) this.free(buffer);
    this.#staging.dispose();
    this.#faults.dispose();
  }

  async #read(view: View, loaded?: LoadedProgram): Promise<ArrayBuffer> {
    this.#faults.check();
    const source = this.#find(view, loaded);
    try {
      const data = await this.#staging.read(source, view.offset * 4, view.length * 4);
      this.#faults.check();
      return data;
    } catch (error) {
      // A lost device says so better than a mapping that it broke.
      this.#faults.check();
      throw error;
    }
  }

  async #compile(
    launches: readonly PlannedLaunch[],
    onProgress?: CompileProgress,
  ): Promise<GPUComputePipeline[]> {
    const all = new Map(launches.map(({ request }) => [this.#pipelines.key(request), request]));
    const fresh = [...all].filter(([key]) => !this.#pipelines.has(key));
    let done = 0;
    await Promise.all(
      fresh.map(async ([, request]) => {
        await this.#pipelines.compile(request);
        done += 1;
        onProgress?.(done, fresh.length);
      }),
    );
    return Promise.all(launches.map(({ request }) => this.#pipelines.compile(request)));
  }

  #recorded(loaded: LoadedProgram): Recorded {
    if (loaded instanceof Recorded && this.#programs.has(loaded)) return loaded;
    throw new Error(`${loaded.program.name} is not loaded on this device`);
  }

  #find({ buffer }: View, loaded?: LoadedProgram): GPUBuffer {
    const found =
      this.#arenas.get(buffer) ?? (loaded instanceof Recorded ? loaded.buffers.get(buffer) : undefined);
    if (!found) throw new Error(`${buffer.name} (${buffer.kind}) is not allocated on this device`);
    return found;
  }

  #create(label: string, bytes: number): GPUBuffer {
    const size = Math.ceil(bytes / padding) * padding;
    const { maxBufferSize } = this.#device.limits;
    if (size > maxBufferSize)
      throw new RangeError(`${label} takes ${size} bytes; this device allows a buffer ${maxBufferSize}`);
    return this.#count(
      this.#device.createBuffer({
        label,
        size,
        usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
      }),
    );
  }

  #createUniforms(label: string, data: ArrayBuffer): GPUBuffer {
    const buffer = this.#count(
      this.#device.createBuffer({
        label: `${label} uniforms`,
        size: Math.ceil(data.byteLength / padding) * padding,
        usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      }),
    );
    this.#device.queue.writeBuffer(buffer, 0, data);
    return buffer;
  }

  #count(buffer: GPUBuffer): GPUBuffer {
    this.#bytes += buffer.size;
    this.#buffers += 1;
    return buffer;
  }

  #destroy(buffer: GPUBuffer): void {
    this.#bytes -= buffer.size;
    this.#buffers -= 1;
    buffer.destroy();
  }
}
