/**
 * Matmul by threads that each keep a tile of C in registers and share nothing. On adapters that are programs on
 * the CPU it is several times faster than tiles in a workgroup's memory, which is no faster than any other there
 * and whose barriers are dear.
 */
import { finishWgsl, four, one, place, type Operand, type Parts } from './webgpuParts';

export interface RegisterTile {
  /** Rows and columns of C a thread, multiples of 4. */
  readonly rows: number;
  readonly cols: number;
}

/** Component of a four by number. */
const axes = (k: number): string => 'xyzw'.charAt(k & 3);
const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);

/** Statements that read `outer` rows of an operand for 4 values of k, and expressions for what they read. */
function block(
  o: Operand,
  outer: number,
): { code: string[]; scalar(i: number, k: number): string; vector(i: number, k: number): string } {
  const { name } = o;
  if (o.along === 'outer') {
    const code = times(4).flatMap((k) => [
      `let ${name}At${k} = ${place(o, `${name}0`, `k + ${k}u`)};`,
      ...times(outer / 4).map((i) => `let ${name}${k}_${i} = ${four(o, `${name}At${k}`, i)};`),
    ]);
    return {
      code,
      scalar: (i, k) => `${name}${k}_${i >> 2}.${axes(i)}`,
      vector: (i, k) => `${name}${k}_${i}`,
    };
  }
  const step = o.vector ? '(k >> 2u)' : 'k';
  const code = times(outer).map((i) => `let ${name}${i} = ${four(o, `${name}At${i} + ${step}`, 0)};`);
  return {
    code,
    scalar: (i, k) => `${name}${i}.${axes(k)}`,
    vector: (i, k) =>
      `vec4f(${times(4)
        .map((j) => `${name}${4 * i + j}.${axes(k)}`)
        .join(', ')})`,
  };
}

/** The same for a single k, where K is no multiple of 4. */
function single(
  o: Operand,
  outer: number,
): { code: string[]; scalar(i: number): string; vector(i: number): string } {
  const { name } = o;
  if (o.along === 'outer')
    return {
      code: [
        `let ${name}Last = ${place(o, `${name}0`, 'k')};`,
        ...times(outer / 4).map((i) => `let ${name}Last${i} = ${four(o, `${name}Last`, i)};`),
      ],
      scalar: (i) => `${name}Last${i >> 2}.${axes(i)}`,
      vector: (i) => `${name}Last${i}`,
    };
  return {
    code: [],
    scalar: (i) => one(o, `${name}At${i} + k`),
    vector: (i) =>
      `vec4f(${times(4)
        .map((j) => one(o, `${name}At${4 * i + j} + k`))
        .join(', ')})`,
  };
}

const rowPlaces = (o: Operand, outer: number): string[] =>
  o.along === 'outer'
    ? []
    : times(outer).map((i) => `let ${o.name}At${i} = ${place(o, `${o.name}0 + ${i}u`, '0u')};`);

export const registerDeclarations = finishWgsl;

/** `p.across` workgroups of `size` tiles side by side make one row of tiles. */
export function registerMain(parts: Parts, { rows, cols }: RegisterTile, size: number): string {
  const a = block(parts.a, rows);
  const b = block(parts.b, cols);
  const tiles = times(rows).flatMap((i) => times(cols / 4).map((j) => [i, j] as const));
  const inner = tiles.map(
    ([i, j]) =>
      `c${i}_${j} += ${times(4)
        .map((k) => `${a.scalar(i, k)} * ${b.vector(j, k)}`)
        .join(' + ')};`,
  );
  const lastA = single(parts.a, rows);
  const lastB = single(parts.b, cols);
  const tail = `for (; k < p.K; k++) {
${[...lastA.code, ...lastB.code, ...tiles.map(([i, j]) => `c${i}_${j} += ${lastA.scalar(i)} * ${lastB.vector(j)};`)].join('\n')}
}`;
  return `
let a0 = group / p.across * ${rows}u;
let b0 = (group % p.across * ${size}u + lane) * ${cols}u;
if (b0 >= p.N) { return; }
${[...rowPlaces(parts.a, rows), ...rowPlaces(parts.b, cols)].join('\n')}
${tiles.map(([i, j]) => `var c${i}_${j} = vec4f();`).join('\n')}
var k = 0u;
for (; k + 4u <= p.K; k += 4u) {
${[...a.code, ...b.code, ...inner].join('\n')}
}
${parts.tail ? tail : ''}
var sums = array<vec4f, ${tiles.length}>(${tiles.map(([i, j]) => `c${i}_${j}`).join(', ')});
for (var i = 0u; i < ${rows}u; i++) {
  for (var j = 0u; j < ${cols / 4}u; j++) { finish(a0 + i, b0 + 4u * j, sums[i * ${cols / 4}u + j]); }
}`;
}
