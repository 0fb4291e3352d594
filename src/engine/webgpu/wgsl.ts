/** Writes a whole shader around the body that an operation supplies. */
import { dropThreshold } from '../ops/dropout/dropout';
import { scalars } from '../program/scalars';
import type { ElementType, Launch, Traits, Uniform } from './kernel';

export interface ShaderBinding {
  readonly name: string;
  readonly type: ElementType;
  readonly writable: boolean;
}

/** Which thread of a workgroup lies where in which subgroup is up to the device. */
const subgroupBuiltins = `@builtin(subgroup_id) subgroup: u32, @builtin(subgroup_size) subgroupSize: u32,
  @builtin(subgroup_invocation_id) place: u32`;

const elementWgsl = (type: ElementType): string => (type === 'vec4h' ? 'vec4<f16>' : type);

/**
 * The bindings of a shader are those of its bind group: 0 is the uniform struct `p`, buffers follow in order.
 * Workgroups lie in a grid of rows of `p.groupsX`, since one axis holds 65,535 at most.
 */
export function shaderText(
  launch: Launch,
  bindings: readonly ShaderBinding[],
  uniforms: readonly Uniform[],
): string {
  const fields = uniforms.map(({ name, type }) => `  ${name}: ${type},`).join('\n');
  const enabled = [
    ...(bindings.some(({ type }) => type === 'f16' || type === 'vec4h') ? ['enable f16;\n'] : []),
    ...(launch.subgroups ? ['enable subgroups;\n'] : []),
  ].join('');
  const buffers = bindings
    .map(
      ({ name, type, writable }, i) =>
        `@group(0) @binding(${i + 1}) var<storage, ${writable ? 'read_write' : 'read'}> ${name}: array<${elementWgsl(type)}>;`,
    )
    .join('\n');
  return `${enabled}struct Params {
${fields}
}
@group(0) @binding(0) var<uniform> p: Params;
${buffers}
${launch.declarations?.() ?? ''}
@compute @workgroup_size(${launch.size})
fn main(@builtin(workgroup_id) workgroup: vec3u, ${launch.subgroups ? subgroupBuiltins : '@builtin(local_invocation_index) lane: u32'}) {
  ${launch.subgroups ? 'let lane = subgroup * subgroupSize + place;' : ''}
  let group = workgroup.y * p.groupsX + workgroup.x;
  if (group >= p.groups) { return; }
${launch.main()}
}
`;
}

/** Uniforms that `dropoutWgsl` reads. */
export function dropoutUniforms(rate: number): Uniform[] {
  return [
    { name: 'dropBelow', type: 'u32', value: dropThreshold(rate) },
    { name: 'keepScale', type: 'f32', value: 1 / (1 - Math.fround(rate)) },
  ];
}

/**
 * `dropKey()` once a thread, then `kept(key, index)`: 1/(1 − rate) or 0, for one index or for four in a row.
 * The hash of ops/dropout/dropout.ts.
 */
export const dropoutWgsl = `
fn scramble(x: u32) -> u32 {
  var y = x ^ (x >> 16u);
  y *= 0x7feb352du;
  y ^= y >> 15u;
  y *= 0x846ca68bu;
  return y ^ (y >> 16u);
}
fn scramble4(x: vec4u) -> vec4u {
  var y = x ^ (x >> vec4u(16u));
  y *= 0x7feb352du;
  y ^= y >> vec4u(15u);
  y *= 0x846ca68bu;
  return y ^ (y >> vec4u(16u));
}
fn dropKey() -> u32 { return scramble(scramble(scalars[${scalars.dropoutSeed}]) + p.site); }
fn kept(key: u32, index: u32) -> f32 {
  return select(0.0, p.keepScale, scramble(key + index) >= p.dropBelow);
}
fn kept4(key: u32, index: u32) -> vec4f {
  return select(vec4f(), vec4f(p.keepScale), scramble4(key + index + vec4u(0u, 1u, 2u, 3u)) >= vec4u(p.dropBelow));
}
`;

/** Element type of halves: as they are where the device has f16, else in words. */
export function halvesType(traits: Traits, width: 4 | 1): ElementType {
  if (traits.halves) return width === 4 ? 'vec4h' : 'f16';
  return width === 4 ? 'vec2u' : 'u32';
}

/** Expression, in f32, for number `index` of halves, or for four in a row. */
export function halvesWgsl(type: ElementType, buffer: string, index: string): string {
  if (type === 'vec4h') return `vec4f(${buffer}[${index}])`;
  if (type === 'f16') return `f32(${buffer}[${index}])`;
  return type === 'vec2u'
    ? `vec4f(unpack2x16float(${buffer}[${index}].x), unpack2x16float(${buffer}[${index}].y))`
    : `unpack2x16float(${buffer}[(${index}) >> 1u])[(${index}) & 1u]`;
}
