/** How an operation of ours becomes a kernel of TensorFlow.js: a short program over the memory of tensors. */
import { engine, getBackend, getKernel, type KernelConfig, type Tensor } from '@tensorflow/tfjs';
import { ProgramBuilder, type Dtype, type Program, type View } from '../program/program';
import { scalars as slots } from '../program/scalars';
import { fillSpec } from '../ops/vector/vector';

/** What a program is made for, besides shapes. */
export type Attributes = Readonly<Record<string, number | boolean | number[]>>;

/** Numbers that change from call to call without another program; those left out are 0. */
export type Numbers = Partial<
  Record<
    | 'dropoutSeed'
    | 'lossScale'
    | 'learningRate'
    | 'biasCorrection1'
    | 'biasCorrection2'
    | 'maxNorm'
    | 'decay',
    number
  >
>;

export interface Result {
  readonly view: View;
  readonly shape: number[];
}

export interface Constant {
  readonly view: View;
  readonly data: Uint32Array;
}

/** A program with what it takes from tensors and makes for them. */
export interface KernelProgram {
  readonly program: Program;
  readonly inputs: ReadonlyMap<string, View>;
  readonly results: readonly Result[];
  /** Inputs that are changed in place, and are results too. */
  readonly updated: ReadonlySet<string>;
  readonly constants: readonly Constant[];
  /** Where the numbers of a call go, if the program reads any. */
  readonly numbers: View | undefined;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export class KernelBuilder {
  readonly p: ProgramBuilder;
  readonly #name: string;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #inputs = new Map<string, View>();
  readonly #results: Result[] = [];
  readonly #updated = new Set<string>();
  readonly #constants: Constant[] = [];
  #numbers: View | undefined;

  constructor(name: string, shapes: ReadonlyMap<string, readonly number[]>) {
    this.#name = name;
    this.#shapes = shapes;
    this.p = new ProgramBuilder(name);
  }

  /** Names of the tensors that are there. */
  get names(): string[] {
    return [...this.#shapes.keys()];
  }

  has(name: string): boolean {
    return this.#shapes.has(name);
  }

  shape(name: string): readonly number[] {
    const shape = this.#shapes.get(name);
    if (!shape) throw new RangeError(`${this.#name} needs ${name}`);
    return shape;
  }

  /** A tensor seen as a matrix: all axes but the last are its rows. */
  matrix(name: string): [rows: number, columns: number] {
    const shape = this.shape(name);
    return [sizeOf(shape.slice(0, -1)), shape.at(-1) ?? 1];
  }

  input(name: string, dtype: Dtype = 'f32'): View {
    const known = this.#inputs.get(name);
    if (known) return known;
    const view = this.p.input(name, sizeOf(this.shape(name)), dtype);
    this.#inputs.set(name, view);
    return view;
  }

  /** A new tensor of the call; results come in the order in which they are asked for. */
  result(name: string, shape: readonly number[]): View {
    const view = this.p.output(name, sizeOf(shape));
    this.#results.push({ view, shape: [...shape] });
    return view;
  }

  /** A result that starts as zeros, for operations that add to it. */
  sum(name: string, shape: readonly number[]): View {
    const view = this.result(name, shape);
    this.p.emit(fillSpec, [view], [view.length], [0]);
    return view;
  }

  /** An input that is a result too, changed in place. */
  update(name: string): View {
    const view = this.input(name);
    this.#results.push({ view, shape: [...this.shape(name)] });
    this.#updated.add(name);
    return view;
  }

  constant(name: string, data: Uint32Array): View {
    const view = this.p.input(name, data.length, 'u32');
    this.#constants.push({ view, data });
    return view;
  }

  get numbers(): View {
    return (this.#numbers ??= this.p.input('numbers', slots.length, 'u32'));
  }

  /** @throws Error when an operation writes a tensor that is not to change */
  build(): KernelProgram {
    const program = this.p.build();
    const kept = [...this.#inputs].filter(([name]) => !this.#updated.has(name));
    for (const { op, views } of program.instructions)
      views.forEach(({ buffer }, i) => {
        const written = op.bindings[i]?.access !== 'read' && kept.find(([, view]) => view.buffer === buffer);
        if (written) throw new Error(`${this.#name}: ${op.name} would write ${written[0]}`);
      });
    return {
      program,
      inputs: this.#inputs,
      results: this.#results,
      updated: this.#updated,
      constants: this.#constants,
      numbers: this.#numbers,
    };
  }
}

export interface Kernel<A extends Attributes = Attributes> {
  /** As TensorFlow.js knows it. */
  readonly name: string;
  build(k: KernelBuilder, attributes: A): void;
  readonly gradient?: Gradient<A>;
}

export interface Gradient<A extends Attributes> {
  /** Inputs and results that the gradient needs. */
  readonly inputs: readonly string[];
  readonly results?: readonly boolean[];
  /**
   * @param dy gradients of the results
   * @param saved the inputs, then the results that were asked for
   * @returns for each input that may be differentiated, what makes its gradient
   */
  of(dy: Tensor[], saved: Tensor[], attributes: A, numbers: Numbers): Record<string, () => Tensor>;
}

/** Attributes as TensorFlow.js carries them from a call to its kernel and its gradient. */
export interface Call<A extends Attributes = Attributes> {
  attributes: A;
  numbers: Numbers;
}

/**
 * Runs a kernel on the active backend; its gradient is on the tape where it has one.
 * @throws Error when the kernels are not registered there, TypeError for a tensor of another type than `int32` or
 * `float32`, RangeError for one without elements
 */
export function call<A extends Attributes>(
  kernel: Kernel<A>,
  inputs: Record<string, Tensor>,
  attributes: A,
  numbers: Numbers = {},
): Tensor[] {
  // Typed as always there.
  if (!(getKernel(kernel.name, getBackend()) as KernelConfig | undefined))
    throw new Error(
      `${kernel.name} is not on '${getBackend()}': registerLetheKernels('${getBackend()}') first`,
    );
  for (const [name, { dtype, size }] of Object.entries(inputs)) {
    if (dtype !== 'float32' && dtype !== 'int32')
      throw new TypeError(`${kernel.name}: ${name} is ${dtype}, not float32 or int32`);
    if (size === 0) throw new RangeError(`${kernel.name}: ${name} has no elements`);
  }
  const result: unknown = engine().runKernel(kernel.name, inputs, { attributes, numbers });
  return result as Tensor[];
}

/** The numbers of a call as the operations read them. */
export function packNumbers(numbers: Numbers): Uint32Array {
  const words = new Uint32Array(slots.length);
  const floats = new Float32Array(words.buffer);
  for (const [name, value] of Object.entries(numbers))
    (name === 'dropoutSeed' ? words : floats)[slots[name as keyof Numbers]] = value;
  return words;
}
