/** Turns a program into recorded GPU work: launches with their pipelines, bind groups and uniforms. */
import {
  lifetimes,
  whole,
  type BindingSpec,
  type Program,
  type ProgramBuffer,
  type View,
} from '../program/program';
import {
  argumentsOf,
  elementSize,
  scalarType,
  type Arguments,
  type Launch,
  type Traits,
  type Uniform,
} from './kernel';
import { plans } from './kernels';
import type { PipelineRequest } from './pipelines';
import { placeScratch, type Placement, type Span } from './placement';
import type { ShaderBinding } from './wgsl';

/** A launch with everything named that it needs, before anything of it is made on the device. */
export interface PlannedLaunch {
  readonly request: PipelineRequest;
  readonly views: readonly View[];
  readonly grid: readonly [x: number, y: number];
}

/** What a run does, in order: zero a range, or launch. */
export type PlannedStep = { readonly clear: View } | PlannedLaunch;

export interface Plan {
  readonly steps: readonly PlannedStep[];
  readonly placement: Placement;
}

const most = 65535;

/** All steps of a program and the place of its scratch. */
export function planProgram(program: Program, traits: Traits): Plan {
  const spans = new Map<ProgramBuffer, Span>(lifetimes(program));
  const steps = program.instructions.flatMap((instruction, index): PlannedStep[] => {
    const { op, views } = instruction;
    const args = argumentsOf(instruction);
    // Zeroing is no kernel: the device has a command for it.
    if (op.name === 'fill' && args.float('value') === 0) {
      const { buffer, offset } = views[0]!;
      return [{ clear: { buffer, offset, length: args.int('length') } }];
    }
    const plan = plans[op.name];
    if (!plan) throw new Error(`WebGPU has no kernel for ${op.name}`);
    const launches = plan(args, traits, (name, length) => {
      const buffer: ProgramBuffer = { name: `${op.name} ${name}`, kind: 'scratch', dtype: 'f32', length };
      spans.set(buffer, { first: index, last: index });
      return whole(buffer);
    });
    return [launches].flat().map((launch) => planLaunch(args, launch, traits));
  });
  return { steps, placement: placeScratch(spans) };
}

function planLaunch(args: Arguments, launch: Launch, traits: Traits): PlannedLaunch {
  const { op } = args.instruction;
  const specs = launch.uses.map((use) => op.bindings.find(({ name }) => name === use.name));
  const views = launch.uses.map((use) => use.view ?? args.view(use.name));
  views.forEach((view, i) => {
    const bytes = view.length * 4;
    if (bytes > traits.maxBindingBytes)
      throw new RangeError(
        `${op.name}: ${launch.uses[i]!.name} (${view.buffer.name}) spans ${bytes} bytes; ` +
          `this device binds at most ${traits.maxBindingBytes} at once`,
      );
  });
  const writable = launch.uses.map((use, i) => (use.access ?? specs[i]?.access ?? 'update') !== 'read');
  separate(op.name, specs, views, writable);
  const bindings = launch.uses.map((use, i): ShaderBinding => ({
    name: use.name,
    type: use.type ?? scalarType(specs[i]?.dtype),
    writable: writable[i]!,
  }));
  if (!Number.isInteger(launch.workgroups) || launch.workgroups < 1 || launch.workgroups > most * most)
    throw new RangeError(`${op.name} asks for ${launch.workgroups} workgroups`);
  // Rows of equal length waste least.
  const y = Math.ceil(launch.workgroups / most);
  const x = Math.ceil(launch.workgroups / y);
  const own = new Map((launch.uniforms ?? []).map((uniform) => [uniform.name, uniform]));
  const fields: Uniform[] = [
    { name: 'groups', type: 'u32', value: launch.workgroups },
    { name: 'groupsX', type: 'u32', value: x },
    ...op.ints.map((name): Uniform => ({ name, type: 'u32', value: args.int(name) })),
    ...op.floats.map((name): Uniform => ({ name, type: 'f32', value: args.float(name) })),
  ];
  const uniforms = fields.map((uniform) => own.get(uniform.name) ?? uniform);
  for (const { name } of fields) own.delete(name);
  uniforms.push(...own.values());
  return { request: { operation: op.name, launch, bindings, uniforms }, views, grid: [x, y] };
}

/**
 * WebGPU lets one launch either read a buffer or write it, even where the ranges are apart. A range that is read
 * beside one that is written is therefore bound as writable too, which is allowed where they don't meet.
 * @throws Error when they do
 */
function separate(
  operation: string,
  specs: readonly (BindingSpec | undefined)[],
  views: readonly View[],
  writable: boolean[],
): void {
  const written = new Set(views.filter((_, i) => writable[i]).map((view) => view.buffer));
  views.forEach((view, i) => {
    if (!written.has(view.buffer)) return;
    writable[i] = true;
    const other = views.findIndex(
      (o, j) =>
        j !== i &&
        o.buffer === view.buffer &&
        o.offset < view.offset + view.length &&
        view.offset < o.offset + o.length,
    );
    if (other >= 0)
      throw new Error(
        `${operation}: ${specs[i]?.name ?? i} and ${specs[other]?.name ?? other} overlap in ${view.buffer.name}, and one is written`,
      );
  });
}

/** Bytes to bind: whole elements of the shader's type. Buffers are padded, so that this stays inside. */
export function bindingBytes(view: View, binding: ShaderBinding): number {
  const size = elementSize[binding.type];
  return Math.ceil((view.length * 4) / size) * size;
}

/** All uniforms of a program in one block, each launch's at a multiple of `alignment` bytes. */
export function packUniforms(
  launches: readonly PlannedLaunch[],
  alignment: number,
): { data: ArrayBuffer; offsets: number[]; sizes: number[] } {
  // A uniform struct's size is a multiple of 16.
  const sizes = launches.map(({ request }) => Math.ceil(request.uniforms.length / 4) * 16);
  const offsets: number[] = [];
  let end = 0;
  for (const size of sizes) {
    offsets.push(end);
    end += Math.ceil(size / alignment) * alignment;
  }
  const data = new ArrayBuffer(Math.max(end, 16));
  const bytes = new DataView(data);
  launches.forEach(({ request }, i) => {
    request.uniforms.forEach(({ type, value }, field) => {
      const at = offsets[i]! + field * 4;
      if (type === 'f32') bytes.setFloat32(at, value, true);
      else bytes.setUint32(at, value, true);
    });
  });
  return { data, offsets, sizes };
}
