/**
 * The kernels on TensorFlow.js's WebGPU backend, on the tensors' own buffers. Its recorded commands are submitted
 * before ours, so that the queue keeps the order of calls.
 */
import type { TensorInfo } from '@tensorflow/tfjs';
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import type { ProgramBuffer, View } from '../program/program';
import { Faults } from '../webgpu/faults';
import type { Traits } from '../webgpu/kernel';
import {
  bindingBytes,
  packUniforms,
  planProgram,
  type PlannedLaunch,
  type PlannedStep,
} from '../webgpu/load';
import { Pipelines } from '../webgpu/pipelines';
import { bindLaunch, encodeCommands, type Clear, type Command } from '../webgpu/record';
import { ScratchPool } from '../webgpu/scratchPool';
import {
  ProgramCache,
  type Bridge,
  type BridgeMemory,
  type CacheLimits,
  type Ready,
  type TensorInfos,
} from './bridge';
import { packNumbers, type Call, type Kernel, type KernelProgram } from './kernel';

interface Prepared extends Ready {
  readonly steps: readonly PlannedStep[];
  readonly pipelines: readonly GPUComputePipeline[];
  readonly uniforms: readonly GPUBufferBinding[];
  /** Buffers that aren't tensors': scratch, constants, numbers. */
  readonly buffers: ReadonlyMap<ProgramBuffer, GPUBuffer>;
  readonly owned: readonly GPUBuffer[];
  readonly scratch: readonly GPUBuffer[];
}

export class WebGpuBridge implements Bridge {
  readonly #backend: WebGPUBackend;
  readonly #device: GPUDevice;
  readonly #traits: Traits;
  readonly #faults: Faults;
  readonly #pipelines: Pipelines;
  readonly #scratch: ScratchPool;
  readonly #programs: ProgramCache<Prepared>;
  #bytes = 0;
  #buffers = 0;

  constructor(backend: WebGPUBackend, traits: Traits, limits: CacheLimits) {
    this.#backend = backend;
    this.#device = backend.device;
    this.#traits = traits;
    this.#faults = new Faults(this.#device);
    this.#pipelines = new Pipelines(this.#device);
    this.#scratch = new ScratchPool(
      (bytes) => this.#create(bytes, GPUBufferUsage.STORAGE),
      (buffer) => this.#destroy(buffer),
    );
    this.#programs = new ProgramCache(
      limits,
      (kernel) => this.#prepare(kernel),
      (prepared) => this.#release(prepared),
    );
  }

  run(kernel: Kernel, inputs: TensorInfos, call: Call): TensorInfo[] {
    this.#faults.check();
    const prepared = this.#programs.find(kernel, inputs, call);
    const { results, tensors, copies } = this.#place(prepared.kernel, inputs);
    const backend = this.#backend;
    backend.ensureCommandEncoderReady();
    backend.endComputePassEncoder();
    backend.submitQueue();
    const { program, numbers } = prepared.kernel;
    const { queue } = this.#device;
    if (numbers) queue.writeBuffer(prepared.buffers.get(numbers.buffer)!, 0, packNumbers(call.numbers));
    const encoder = this.#device.createCommandEncoder({ label: program.name });
    for (const { from, to } of copies) encoder.copyBufferToBuffer(from, 0, to, 0, from.size);
    encodeCommands(encoder, this.#commands(prepared, tensors));
    queue.submit([encoder.finish()]);
    return results;
  }

  memory(): BridgeMemory {
    return { bytes: this.#bytes, buffers: this.#buffers, programs: this.#programs.size };
  }

  dispose(): void {
    this.#programs.clear();
    this.#faults.dispose();
  }

  /** Tensors of the results, the buffer of every tensor of the call, and what must be copied before it. */
  #place(kernel: KernelProgram, inputs: TensorInfos) {
    const tensors = new Map<ProgramBuffer, GPUBuffer>();
    const results = new Map<View, TensorInfo>();
    const copies: { from: GPUBuffer; to: GPUBuffer }[] = [];
    for (const [name, view] of kernel.inputs) tensors.set(view.buffer, this.#bufferOf(inputs[name]!));
    for (const name of kernel.updated) {
      const view = kernel.inputs.get(name)!;
      const target = this.#updatable(inputs[name]!, inputs);
      const [from, to] = [tensors.get(view.buffer)!, this.#bufferOf(target)];
      if (from !== to) copies.push({ from, to });
      results.set(view, target);
      tensors.set(view.buffer, to);
    }
    for (const { view, shape } of kernel.results)
      if (!results.has(view)) {
        const tensor = this.#backend.makeTensorInfo(shape, 'float32');
        results.set(view, tensor);
        tensors.set(view.buffer, this.#bufferOf(tensor));
      }
    return { tensors, copies, results: kernel.results.map(({ view }) => results.get(view)!) };
  }

  /** A tensor that nobody else holds is changed in place; in place of any other, a copy. */
  #updatable({ dataId, shape, dtype }: TensorInfo, inputs: TensorInfos): TensorInfo {
    const backend = this.#backend;
    const uses = Object.values(inputs).filter((tensor) => tensor.dataId === dataId).length;
    if (backend.refCount(dataId) > 1 || uses > 1) return backend.makeTensorInfo(shape, dtype);
    backend.incRef(dataId);
    // What the host has read of it is no longer so.
    backend.tensorMap.get(dataId).values = null as never;
    return { dataId, shape, dtype };
  }

  /** Where a tensor lies on the device; it is brought there, or given memory, where it isn't. */
  #bufferOf({ dataId }: TensorInfo): GPUBuffer {
    // Asked of the map first, which fetches what another backend holds.
    const data = this.#backend.tensorMap.get(dataId);
    this.#backend.uploadToGPU(dataId);
    if (!(data.resource instanceof GPUBuffer)) throw new TypeError('the tensor is a texture, not a buffer');
    return data.resource;
  }

  #commands(prepared: Prepared, tensors: ReadonlyMap<ProgramBuffer, GPUBuffer>): (Command | Clear)[] {
    const find = ({ buffer }: View): GPUBuffer => {
      const found = tensors.get(buffer) ?? prepared.buffers.get(buffer);
      if (!found) throw new Error(`${buffer.name} is not on the device`);
      return found;
    };
    let next = 0;
    return prepared.steps.map((step) => {
      if ('clear' in step) {
        const { offset, length } = step.clear;
        return { buffer: find(step.clear), offset: offset * 4, size: length * 4 };
      }
      step.views.forEach((view, i) => {
        const end = view.offset * 4 + bindingBytes(view, step.request.bindings[i]!);
        if (end > find(view).size)
          throw new RangeError(`${step.request.operation}: ${view.buffer.name} is bound beyond its tensor`);
      });
      const i = next++;
      return {
        pipeline: prepared.pipelines[i]!,
        bindGroup: bindLaunch(this.#device, this.#pipelines, step, prepared.uniforms[i]!, find),
        x: step.grid[0],
        y: step.grid[1],
      };
    });
  }

  #prepare(kernel: KernelProgram): Prepared {
    const { steps, placement } = planProgram(kernel.program, this.#traits);
    const launches = steps.filter((step): step is PlannedLaunch => 'request' in step);
    const pipelines = launches.map(({ request }) => this.#pipelines.compileNow(request));
    const { data, offsets, sizes } = packUniforms(
      launches,
      this.#device.limits.minUniformBufferOffsetAlignment,
    );
    const block = this.#create(data.byteLength, GPUBufferUsage.UNIFORM);
    this.#device.queue.writeBuffer(block, 0, data);
    const owned = [block];
    const scratch = this.#scratch.take(placement.slots.map((length) => length * 4));
    const buffers = new Map<ProgramBuffer, GPUBuffer>();
    for (const [buffer, slot] of placement.slotOf) buffers.set(buffer, scratch[slot]!);
    const own = (view: View): GPUBuffer => {
      const made = this.#create(view.length * 4, GPUBufferUsage.STORAGE);
      owned.push(made);
      buffers.set(view.buffer, made);
      return made;
    };
    for (const { view, data } of kernel.constants)
      this.#device.queue.writeBuffer(own(view), 0, data.buffer, data.byteOffset, data.byteLength);
    if (kernel.numbers) own(kernel.numbers);
    return {
      kernel,
      bytes: [...owned, ...scratch].reduce((sum, buffer) => sum + buffer.size, 0),
      steps,
      pipelines,
      uniforms: offsets.map((offset, i) => ({ buffer: block, offset, size: sizes[i]! })),
      buffers,
      owned,
      scratch,
    };
  }

  #release({ owned, scratch }: Prepared): void {
    for (const buffer of owned) this.#destroy(buffer);
    this.#scratch.giveBack(scratch);
  }

  #create(bytes: number, usage: number): GPUBuffer {
    const size = Math.ceil(bytes / 256) * 256;
    const buffer = this.#device.createBuffer({
      label: 'lethe',
      size,
      usage: usage | GPUBufferUsage.COPY_DST,
    });
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
