/** Runs programs by their plain meaning, on the host; the oracle of the devices' tests. */
import { activation, activationGrad } from '../ops/activation/reference';
import * as adafactor from '../ops/adafactor/reference';
import { adamw } from '../ops/adamw/reference';
import { argmax } from '../ops/argmax/reference';
import * as attention from '../ops/attention/reference';
import { combine, rescale } from '../ops/combine/reference';
import { crossEntropy } from '../ops/crossEntropy/reference';
import { dot, projection } from '../ops/dot/reference';
import { dropout } from '../ops/dropout/reference';
import { embedding, embeddingGrad } from '../ops/embedding/reference';
import { addSquares, penaltyGrad } from '../ops/importance/reference';
import { distillation, logitError } from '../ops/logitMatch/reference';
import { matmul } from '../ops/matmul/reference';
import { overlap, overlapGrad } from '../ops/overlap/reference';
import { positionBias, positionBiasGrad } from '../ops/positionBias/reference';
import { rmsNorm, rmsNormGrad, rmsNormWeightGrad } from '../ops/rmsNorm/reference';
import { sampleLabels } from '../ops/sampleLabels/reference';
import * as vector from '../ops/vector/reference';
import type { Executor, LoadedProgram } from './executor';
import type { opcodes } from './opcodes';
import type { Program, ProgramBuffer, View } from './program';
import type { ReferenceKernel, Typed } from './reference';

const kernels: Record<keyof typeof opcodes, ReferenceKernel> = {
  activation,
  activationGrad,
  ...adafactor,
  adamw,
  addSquares,
  argmax,
  ...attention,
  combine,
  crossEntropy,
  distillation,
  dot,
  dropout,
  embedding,
  embeddingGrad,
  logitError,
  matmul,
  penaltyGrad,
  overlap,
  overlapGrad,
  positionBias,
  positionBiasGrad,
  projection,
  rescale,
  rmsNorm,
  rmsNormGrad,
  rmsNormWeightGrad,
  sampleLabels,
  ...vector,
};

export class ReferenceExecutor implements Executor {
  readonly kind = 'reference';
  readonly limits = { buffer: Infinity, binding: Infinity, total: Infinity };
  readonly #arenas = new Map<ProgramBuffer, ArrayBuffer>();
  readonly #locals = new Map<LoadedProgram, Map<ProgramBuffer, ArrayBuffer>>();

  allocate(buffer: ProgramBuffer): void {
    this.#arenas.set(buffer, new ArrayBuffer(buffer.length * 4));
  }

  free(buffer: ProgramBuffer): void {
    this.#arenas.delete(buffer);
  }

  load(program: Program): Promise<LoadedProgram> {
    const locals = new Map<ProgramBuffer, ArrayBuffer>();
    // Scratch starts as NaN, so that a kernel which reads what nobody wrote is noticed.
    for (const buffer of program.buffers)
      if (buffer.kind !== 'arena') {
        const memory = new ArrayBuffer(buffer.length * 4);
        if (buffer.kind === 'scratch') new Float32Array(memory).fill(NaN);
        locals.set(buffer, memory);
      }
    const loaded = { program, dispatches: program.instructions.length, bytes: 0 };
    this.#locals.set(loaded, locals);
    return Promise.resolve(loaded);
  }

  unload(loaded: LoadedProgram): void {
    this.#locals.delete(loaded);
  }

  #typed(view: View, loaded: LoadedProgram | undefined, dtype: 'f32' | 'u32'): Typed {
    const memory = this.#arenas.get(view.buffer) ?? (loaded && this.#locals.get(loaded)?.get(view.buffer));
    if (!memory) throw new Error(`${view.buffer.name} is not on the device`);
    const Kind = dtype === 'u32' ? Uint32Array : Float32Array;
    return new Kind(memory, view.offset * 4, view.length);
  }

  write(view: View, data: Float32Array | Uint32Array | Int32Array, loaded?: LoadedProgram): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const target = this.#typed(view, loaded, 'u32');
    new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
  }

  clear(view: View): void {
    this.#typed(view, undefined, 'u32').fill(0);
  }

  run(loaded: LoadedProgram): void {
    for (const { op, views, ints, floats } of loaded.program.instructions) {
      const typed = views.map((view, i) => this.#typed(view, loaded, op.bindings[i]?.dtype ?? 'f32'));
      const kernel = kernels[op.name as keyof typeof opcodes];
      kernel(
        typed as Parameters<ReferenceKernel>[0],
        [...ints] as Parameters<ReferenceKernel>[1],
        floats.map(Math.fround) as Parameters<ReferenceKernel>[2],
      );
    }
  }

  read(view: View, loaded?: LoadedProgram): Promise<Float32Array<ArrayBuffer>> {
    return Promise.resolve(new Float32Array(this.#typed(view, loaded, 'f32')));
  }

  readUint32(view: View, loaded?: LoadedProgram): Promise<Uint32Array<ArrayBuffer>> {
    return Promise.resolve(new Uint32Array(this.#typed(view, loaded, 'u32')));
  }

  finish(): Promise<void> {
    return Promise.resolve();
  }

  memory(): { bytes: number; buffers: number } {
    const all = [...this.#arenas.values(), ...[...this.#locals.values()].flatMap((m) => [...m.values()])];
    return { bytes: all.reduce((sum, memory) => sum + memory.byteLength, 0), buffers: all.length };
  }

  dispose(): void {
    this.#arenas.clear();
    this.#locals.clear();
  }
}
