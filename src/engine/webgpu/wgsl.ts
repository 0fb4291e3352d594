/** Writes a whole shader around the body that an operation supplies. */
import { dropThreshold } from '../ops/dropout/dropout';
import { scalars } from '../program/scalars';
import type { ElementType, Launch, Uniform } from './kernel';

export interface ShaderBinding {
  readonly name: string;
  readonly type: ElementType;
  readonly writable: boolean;
}

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
  const buffers = bindings
    .map(
      ({ name, type, writable }, i) =>
        `@group(0) @binding(${i + 1}) var<storage, ${writable ? 'read_write' : 'read'}> ${name}: array<${type}>;`,
    )
    .join('\n');
  return `struct Params {
${fields}
}
@group(0) @binding(0) var<uniform> p: Params;
${buffers}
${launch.declarations?.() ?? ''}
@compute @workgroup_size(${launch.size})
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(local_invocation_index) lane: u32) {
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

/** Expression for number `index` of an f16 buffer bound as `u32`, or for four numbers of one bound as `vec2u`. */
export const halvesWgsl = (buffer: string, index: string, width: 4 | 1): string =>
  width === 4
    ? `vec4f(unpack2x16float(${buffer}[${index}].x), unpack2x16float(${buffer}[${index}].y))`
    : `unpack2x16float(${buffer}[(${index}) >> 1u])[(${index}) & 1u]`;

/**
 * `sumAll(lane, x)` or `maxAll(lane, x)` over a workgroup of `size` threads, a power of two, by the same tree every
 * time; all threads get the result, and all must call it.
 */
export function reduceWgsl(size: number, kind: 'sum' | 'max'): string {
  const steps: string[] = [];
  for (let half = size / 2; half >= 1; half /= 2) {
    const a = `${kind}Of[lane]`;
    const b = `${kind}Of[lane + ${half}u]`;
    steps.push(
      `  if (lane < ${half}u) { ${a} = ${kind === 'sum' ? `${a} + ${b}` : `max(${a}, ${b})`}; }\n  workgroupBarrier();`,
    );
  }
  return `
var<workgroup> ${kind}Of: array<f32, ${size}>;
fn ${kind}All(lane: u32, x: f32) -> f32 {
  ${kind}Of[lane] = x;
  workgroupBarrier();
${steps.join('\n')}
  let all = ${kind}Of[0];
  workgroupBarrier();
  return all;
}
`;
}
