/**
 * Matmul of few rows with a matrix whose columns are contiguous (a step of generation): eight threads share a
 * column, each reading every eighth four of it, so that the whole GPU reads the weights.
 */
import { finishWgsl, four, place, type Operand, type Parts } from './webgpuParts';

export const thinThreads = 64;
/** Rows and columns of a workgroup. */
export const thinRows = 4;
export const thinCols = 8;

const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

export const thinFits = (parts: Parts, M: number): boolean =>
  M <= 16 && parts.a.along === 'k' && parts.b.along === 'k';

export const thinDeclarations = (parts: Parts): string =>
  `var<workgroup> sums: array<vec4f, ${thinThreads}>;\n${finishWgsl(parts)}`;

/** Four elements of a row, 0 beyond K. */
function read(o: Operand, outer: string): string {
  const value = four(o, place(o, outer, 'k'), 0);
  return o.vector ? value : `select(vec4f(), ${value}, vec4u(k) + vec4u(0u, 1u, 2u, 3u) < vec4u(p.K))`;
}

export const thinMain = (parts: Parts): string => `
let a0 = group / p.across * ${thinRows}u;
let b0 = group % p.across * ${thinCols}u;
let share = lane % 8u;
var sum = vec4f();
for (var k = share * 4u; k < p.K; k += 32u) {
  let column = ${read(parts.b, 'b0 + lane / 8u')};
  sum += vec4f(${times(4)
    .map((i) => `dot(${read(parts.a, `a0 + ${i}u`)}, column)`)
    .join(', ')});
}
sums[lane] = sum;
workgroupBarrier();
${[4, 2, 1].map((half) => `if (share < ${half}u) { sums[lane] += sums[lane + ${half}u]; }\nworkgroupBarrier();`).join('\n')}
if (lane < 8u) {
  let row = lane % 4u;
  let first = lane / 4u * 32u;
  finish(a0 + row, b0 + lane / 4u * 4u, vec4f(${times(4)
    .map((j) => `sums[first + ${8 * j}u][row]`)
    .join(', ')}));
}`;
