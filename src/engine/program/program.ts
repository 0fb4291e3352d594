/**
 * A training step as data: a list of instructions over buffers, built once for a shape and replayed for every
 * batch of that shape. Both devices run the same list: WebGPU as recorded dispatches, WASM as calls into one
 * module. Nothing is allocated, uploaded or decided while a step runs.
 */

/** What a kernel reads a range as. */
export type Dtype = 'f32' | 'u32';

/**
 * - `arena`: lives as long as the model (weights, gradients, moments) and is shared by all programs.
 * - `input`: written by the host before a run; `output`: read by the host after it. Both belong to one program.
 * - `scratch`: lives from the instruction that first writes it to the last that reads it; memory is reused.
 */
export type BufferKind = 'arena' | 'input' | 'output' | 'scratch';

export interface ProgramBuffer {
  readonly name: string;
  readonly kind: BufferKind;
  /** `f16` holds two numbers to an element; only what says so in its spec reads it. */
  readonly dtype: Dtype | 'f16';
  /** Elements of 4 bytes. */
  readonly length: number;
}

/** A range of a buffer, in elements. Offsets are multiples of `viewAlignment`. */
export interface View {
  readonly buffer: ProgramBuffer;
  readonly offset: number;
  readonly length: number;
}

/** WebGPU binds a range of a buffer only at multiples of 256 bytes: 64 elements. */
export const viewAlignment = 64;

export interface BindingSpec {
  readonly name: string;
  /** `update` is read and written. */
  readonly access: 'read' | 'write' | 'update';
  readonly dtype?: Dtype;
  /** May be a range of f16; an int of the operation says whether it is. */
  readonly halves?: true;
}

/**
 * What an operation takes. The order of bindings, ints and floats is the order in which both devices get them.
 * Ints are 32-bit and may be negative only where an operation says so.
 */
export interface OpSpec {
  readonly name: string;
  /** Number of the operation in the WASM module's table. */
  readonly opcode: number;
  readonly bindings: readonly BindingSpec[];
  readonly ints: readonly string[];
  readonly floats: readonly string[];
}

export interface Instruction {
  readonly op: OpSpec;
  readonly views: readonly View[];
  readonly ints: readonly number[];
  readonly floats: readonly number[];
}

export interface Program {
  readonly name: string;
  readonly buffers: readonly ProgramBuffer[];
  readonly instructions: readonly Instruction[];
}

export class ProgramBuilder {
  readonly #buffers = new Set<ProgramBuffer>();
  readonly #instructions: Instruction[] = [];
  constructor(readonly name: string) {}

  /** Inputs and outputs are on the device whether or not an instruction takes them. */
  input(name: string, length: number, dtype: Dtype = 'f32'): View {
    return this.#declare({ name, kind: 'input', dtype, length });
  }

  output(name: string, length: number, dtype: Dtype = 'f32'): View {
    return this.#declare({ name, kind: 'output', dtype, length });
  }

  #declare(buffer: ProgramBuffer): View {
    this.#buffers.add(buffer);
    return whole(buffer);
  }

  scratch(name: string, length: number, dtype: Dtype = 'f32'): View {
    return whole({ name, kind: 'scratch', dtype, length });
  }

  /**
   * Appends one instruction.
   * @throws RangeError when a view is out of range or misaligned, or the counts differ from the operation's
   */
  emit(
    op: OpSpec,
    views: readonly View[],
    ints: readonly number[] = [],
    floats: readonly number[] = [],
  ): void {
    if (
      views.length !== op.bindings.length ||
      ints.length !== op.ints.length ||
      floats.length !== op.floats.length
    )
      throw new RangeError(
        `${op.name} takes ${op.bindings.length} buffers, ${op.ints.length} ints and ${op.floats.length} floats; ` +
          `got ${views.length}, ${ints.length} and ${floats.length}`,
      );
    views.forEach((view, i) => {
      const { buffer, offset, length } = view;
      if (offset % viewAlignment !== 0 || offset < 0 || length <= 0 || offset + length > buffer.length)
        throw new RangeError(
          `${op.name}: ${op.bindings[i]!.name} is [${offset}, ${offset + length}) of ${buffer.name} (${buffer.length})`,
        );
      if (buffer.dtype === 'f16' && !op.bindings[i]!.halves)
        throw new RangeError(`${op.name} takes no f16 as ${op.bindings[i]!.name} (${buffer.name})`);
      this.#buffers.add(buffer);
    });
    ints.forEach((value, i) => {
      if (!Number.isInteger(value))
        throw new RangeError(`${op.name}: ${op.ints[i]!} is ${value}, not an integer`);
    });
    this.#instructions.push({ op, views, ints, floats });
  }

  build(): Program {
    return { name: this.name, buffers: [...this.#buffers], instructions: this.#instructions };
  }
}

/** A view of all of a buffer. */
export function whole(buffer: ProgramBuffer): View {
  return { buffer, offset: 0, length: buffer.length };
}

/** Index of the first and last instruction that touches each scratch buffer. */
export function lifetimes(program: Program): Map<ProgramBuffer, { first: number; last: number }> {
  const spans = new Map<ProgramBuffer, { first: number; last: number }>();
  program.instructions.forEach((instruction, index) => {
    for (const { buffer } of instruction.views) {
      if (buffer.kind !== 'scratch') continue;
      const span = spans.get(buffer);
      if (span) span.last = index;
      else spans.set(buffer, { first: index, last: index });
    }
  });
  return spans;
}
