/**
 * Matmul for GPUs: a workgroup of 64 threads computes a square of C, reading blocks of A and B into its shared
 * memory, each element once for all threads that need it.
 */
import { finishWgsl, four, place, type Operand, type Parts } from './webgpuParts';

export const threads = 64;
/** Depth of the blocks in shared memory. */
const depth = 16;
const lanes = ['x', 'y', 'z', 'w'] as const;
const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** A function that reads 4 by 4 elements: column j holds k + j of four outer places. What lies beyond K is 0. */
function loadWgsl(o: Operand): string {
  const call = (outer: string, k: string): string => four(o, place(o, outer, k), 0);
  const columns =
    o.along === 'outer'
      ? times(4).map((j) => `select(vec4f(), ${call('outer', `(k + ${j}u)`)}, k + ${j}u < p.K)`)
      : times(4).map((i) =>
          o.vector
            ? `select(vec4f(), ${call(`outer + ${i}u`, 'k')}, k < p.K)`
            : `select(vec4f(), ${call(`outer + ${i}u`, 'k')}, vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.K))`,
        );
  const block = `mat4x4f(${columns.join(', ')})`;
  return `fn load_${o.name}(outer: u32, k: u32) -> mat4x4f {
  return ${o.along === 'outer' ? block : `transpose(${block})`};
}
`;
}

/** Neighbouring threads read neighbouring memory: along the outer axis or along K. */
function fillWgsl(o: Operand, side: number, first: string): string {
  const wide = side / 4;
  const deep = depth / 4;
  const [outer, k] =
    o.along === 'outer' ? [`q % ${wide}u`, `q / ${wide}u`] : [`q / ${deep}u`, `q % ${deep}u`];
  return `for (var q = lane; q < ${wide * deep}u; q += ${threads}u) {
  let outer = ${outer};
  let deep = ${k} * 4u;
  let block = load_${o.name}(${first} + outer * 4u, k + deep);
${times(4)
  .map((j) => `  tile_${o.name}[(deep + ${j}u) * ${wide}u + outer] = block[${j}];`)
  .join('\n')}
}`;
}

export const tiledDeclarations = (parts: Parts, side: number, split: boolean): string =>
  `var<workgroup> tile_a: array<vec4f, ${(depth * side) / 4}>;
var<workgroup> tile_b: array<vec4f, ${(depth * side) / 4}>;
${loadWgsl(parts.a)}${loadWgsl(parts.b)}${split ? partialWgsl : finishWgsl(parts)}`;

/** A part of K writes its sums beside those of the other parts. */
const partialWgsl = `
fn finish(part: u32, m: u32, n: u32, x: vec4f) {
  if (m < p.M && n < p.N) { partial[(part * p.M + m) * ((p.N + 3u) / 4u) + n / 4u] = x; }
}
`;

/**
 * `p.across` squares side by side make a row. Each of 8 by 8 threads sums `side`/8 by `side`/8 elements: fours that
 * lie 32 rows and columns apart. With `split`, `p.tiles` workgroups for each part of `p.partK`.
 */
export function tiledMain(parts: Parts, side: number, split: boolean): string {
  const fours = times(side / 32);
  const wide = side / 4;
  const sums = fours.flatMap((i) => times(4).flatMap((r) => fours.map((j) => `c${i}_${r}_${j}`)));
  const inner = [
    ...fours.map((i) => `let a${i} = tile_a[kk * ${wide}u + y + ${8 * i}u];`),
    ...fours.map((j) => `let b${j} = tile_b[kk * ${wide}u + x + ${8 * j}u];`),
    ...fours.flatMap((i) =>
      times(4).flatMap((r) => fours.map((j) => `c${i}_${r}_${j} += a${i}.${lanes[r]!} * b${j};`)),
    ),
  ];
  const stores = fours.flatMap((i) =>
    times(4).flatMap((r) =>
      fours.map(
        (j) =>
          `finish(${split ? 'part, ' : ''}a0 + (y + ${8 * i}u) * 4u + ${r}u, b0 + (x + ${8 * j}u) * 4u, c${i}_${r}_${j});`,
      ),
    ),
  );
  return `
${split ? 'let part = group / p.tiles;\nlet tile = group % p.tiles;' : 'let tile = group;'}
let a0 = tile / p.across * ${side}u;
let b0 = tile % p.across * ${side}u;
let x = lane % 8u;
let y = lane / 8u;
${sums.map((sum) => `var ${sum} = vec4f();`).join('\n')}
let end = ${split ? 'min(p.K, (part + 1u) * p.partK)' : 'p.K'};
for (var k = ${split ? 'part * p.partK' : '0u'}; k < end; k += ${depth}u) {
${fillWgsl(parts.a, side, 'a0')}
${fillWgsl(parts.b, side, 'b0')}
workgroupBarrier();
for (var kk = 0u; kk < ${depth}u; kk++) {
${inner.join('\n')}
}
workgroupBarrier();
}
${stores.join('\n')}`;
}

/** Adds the parts up in order, four elements a thread. */
export const sumMain = `let i = group * ${threads}u + lane;
let wide = (p.N + 3u) / 4u;
if (i >= p.M * wide) { return; }
var sum = partial[i];
for (var part = 1u; part < p.parts; part++) { sum += partial[part * p.M * wide + i]; }
finish(i / wide, i % wide * 4u, sum);`;

/** Depth of a part of K is a multiple of this. */
export const partDepth = depth;
