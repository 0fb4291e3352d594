/** How an operation's WGSL is described to the executor: what to bind, what to run, how often. */
import type { Dtype, Instruction, View } from '../program/program';

/** What kernels may want to know of a device. */
export interface Traits {
  /**
   * The adapter is a program on the CPU (SwiftShader, lavapipe): memory of a workgroup is no faster than any
   * other, barriers are dear, and few threads with much work each are best.
   */
  readonly software: boolean;
  /**
   * Of the software adapters, SwiftShader: its compiler is quick with large shaders, its loads are slow. Others
   * compile with LLVM, which takes seconds over what SwiftShader likes best.
   */
  readonly swiftShader: boolean;
  /** Bytes that one binding may span, a multiple of 256. */
  readonly maxBindingBytes: number;
  /** Shaders may have f16: halves are read from memory as what they are. */
  readonly halves: boolean;
  /** Fewest threads of a subgroup, a power of two; 0 where kernels do without subgroups. */
  readonly subgroup: number;
}

/** An instruction with its arguments by name. */
export interface Arguments {
  readonly instruction: Instruction;
  int(name: string): number;
  float(name: string): number;
  view(name: string): View;
}

export type ElementType = 'f32' | 'u32' | 'vec2u' | 'vec4f' | 'vec4u' | 'f16' | 'vec4h';

/** One buffer of a launch. */
export interface Use {
  /** Name in the shader; that of the spec's binding, unless `view` says otherwise. */
  readonly name: string;
  /** `vec4f` where offsets and lengths inside the view are multiples of 4 elements; the spec's type by default. */
  readonly type?: ElementType;
  /** By default what the spec says. */
  readonly access?: 'read' | 'write' | 'update';
  /** A part of the binding's view, or a view of the launch's own scratch. */
  readonly view?: View;
}

export interface Uniform {
  readonly name: string;
  readonly type: 'u32' | 'f32';
  readonly value: number;
}

/** One dispatch. */
export interface Launch {
  /** Names the code among all launches of the operation; the same for all shapes that the code serves. */
  readonly variant: string;
  readonly uses: readonly Use[];
  /** Uniforms beside the spec's ints and floats, which every shader has in `p`; or in place of those of the name. */
  readonly uniforms?: readonly Uniform[];
  /** Threads of a workgroup. */
  readonly size: number;
  readonly workgroups: number;
  /**
   * The shader uses subgroups: main has `subgroupSize`, and threads are numbered along their subgroups, so that those of
   * one have neighbouring `lane`s. Subgroups fill the workgroup, or the workgroup lies in one.
   */
  readonly subgroups?: boolean;
  /** WGSL outside of main: functions, workgroup variables. */
  readonly declarations?: () => string;
  /** WGSL of main's body. It finds the workgroup's number in `group`, the thread's in `lane`. */
  readonly main: () => string;
}

/** Makes memory that only the launches of this instruction use. */
export type Scratch = (name: string, length: number) => View;

/** Turns an instruction into launches that run one after another. */
export type Plan = (args: Arguments, traits: Traits, scratch: Scratch) => Launch | readonly Launch[];

/** @throws RangeError when the operation has no argument of a name that is asked for */
export function argumentsOf(instruction: Instruction): Arguments {
  const { op } = instruction;
  const find = <T>(names: readonly string[], values: readonly T[], name: string): T => {
    const value = values[names.indexOf(name)];
    if (value === undefined) throw new RangeError(`${op.name} has no ${name}`);
    return value;
  };
  const bindings = op.bindings.map((binding) => binding.name);
  return {
    instruction,
    int: (name) => find(op.ints, instruction.ints, name),
    float: (name) => find(op.floats, instruction.floats, name),
    view: (name) => find(bindings, instruction.views, name),
  };
}

export const elementSize: Record<ElementType, number> = {
  f32: 4,
  u32: 4,
  vec2u: 8,
  vec4f: 16,
  vec4u: 16,
  f16: 2,
  vec4h: 8,
};

export const scalarType = (dtype: Dtype | undefined): ElementType => dtype ?? 'f32';

/** Every number is a multiple of 4, so that memory can be read four elements at a time. */
export const fours = (...numbers: number[]): boolean => numbers.every((n) => n % 4 === 0);

export const divideUp = (a: number, b: number): number => Math.ceil(a / b);
