/**
 * Matmul by threads that each keep a tile of C in registers and share nothing. On adapters that are programs on
 * the CPU it is several times faster than tiles in a workgroup's memory, which is no faster than any other there
 * and whose barriers are dear.
 *
 * All threads of a workgroup need the same of A. Where there are subgroups, four threads read a quarter each and show
 * it to one another: SwiftShader then makes one load of four numbers where it made four. Four steps of K are one
 * product of a matrix with a vector, or one dot product, which it compiles to fewer instructions than their terms.
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
const vec4 = (component: (k: number) => string): string => `vec4f(${times(4).map(component).join(', ')})`;

/** First outer place of a tile. */
const start = { a: 'top', b: 'left' } as const;

/** Where the rows of an operand begin that is contiguous along K. */
const rowPlaces = (o: Operand, outer: number): string[] =>
  o.along === 'outer'
    ? []
    : times(outer).map((i) => `let ${o.name}At${i} = ${place(o, `${start[o.name]} + ${i}u`, '0u')};`);

/** Statements that read four values of k and leave those of outer place i in `a{i}` or `b{i}`. */
function readOverK(o: Operand, outer: number): string[] {
  const { name } = o;
  const step = o.vector ? '(k >> 2u)' : 'k';
  if (o.along === 'k')
    return times(outer).map((i) => `let ${name}${i} = ${four(o, `${name}At${i} + ${step}`, 0)};`);
  return [
    ...readColumns(o, outer),
    ...times(outer).map((i) => `let ${name}${i} = ${vec4((k) => `${name}${k}_${i >> 2}.${axes(i)}`)};`),
  ];
}

/** Statements that read four values of k of an operand whose outer places lie side by side: fours in `b{k}_{i}`. */
function readColumns(o: Operand, outer: number): string[] {
  const { name } = o;
  return times(4).flatMap((k) => [
    `let ${name}At${k} = ${place(o, start[name], `k + ${k}u`)};`,
    ...times(outer / 4).map((i) => `let ${name}${k}_${i} = ${four(o, `${name}At${k}`, i)};`),
  ]);
}

/** The same as `readOverK` for an operand that is read one number at a time, by four threads together. */
function readTogether(o: Operand, outer: number): string[] {
  const { name } = o;
  const shown = (value: string, by: number): string => `subgroupBroadcast(${value}, ${by}u)`;
  if (o.along === 'k')
    return times(outer).flatMap((i) => [
      `let ${name}Quarter${i} = ${one(o, `${name}At${i} + k + quarter`)};`,
      `let ${name}${i} = ${vec4((k) => shown(`${name}Quarter${i}`, k))};`,
    ]);
  return [
    ...times(4).flatMap((k) =>
      times(outer / 4).map(
        (i) =>
          `let ${name}${k}_${i} = ${one(o, place(o, `${start[name]} + ${4 * i}u + quarter`, `k + ${k}u`))};`,
      ),
    ),
    ...times(outer).map((i) => `let ${name}${i} = ${vec4((k) => shown(`${name}${k}_${i >> 2}`, i & 3))};`),
  ];
}

/** Statements that read a single k, where K is no multiple of 4, and expressions for what they read. */
function single(
  o: Operand,
  outer: number,
): { code: string[]; scalar(i: number): string; vector(i: number): string } {
  const { name } = o;
  if (o.along === 'outer')
    return {
      code: [
        `let ${name}Last = ${place(o, start[name], 'k')};`,
        ...times(outer / 4).map((i) => `let ${name}Last${i} = ${four(o, `${name}Last`, i)};`),
      ],
      scalar: (i) => `${name}Last${i >> 2}.${axes(i)}`,
      vector: (i) => `${name}Last${i}`,
    };
  const scalar = (i: number): string => one(o, `${name}At${i} + k`);
  return { code: [], scalar, vector: (i) => vec4((j) => scalar(4 * i + j)) };
}

export const registerDeclarations = finishWgsl;

/** `p.across` workgroups of `size` tiles side by side make one row of tiles. */
export function registerMain(
  parts: Parts,
  { rows, cols }: RegisterTile,
  size: number,
  subgroups: boolean,
): string {
  const { a, b } = parts;
  // Sums are fours along N, or single numbers where each is a dot product.
  const dots = b.along === 'k';
  const wide = dots ? cols : cols / 4;
  const sums = times(rows).flatMap((i) => times(wide).map((j) => ({ i, j, name: `c${i}_${j}` })));
  const matrices = times(cols / 4).map(
    (j) =>
      `let m${j} = mat4x4f(${times(4)
        .map((k) => `b${k}_${j}`)
        .join(', ')});`,
  );
  const inner = [
    ...(subgroups ? readTogether : readOverK)(a, rows),
    ...(dots ? readOverK(b, cols) : [...readColumns(b, cols), ...matrices]),
    ...sums.map(({ i, j, name }) => `${name} += ${dots ? `dot(a${i}, b${j})` : `m${j} * a${i}`};`),
  ];
  const lastA = single(a, rows);
  const lastB = single(b, cols);
  const tail = [
    ...lastA.code,
    ...lastB.code,
    ...sums.map(
      ({ i, j, name }) => `${name} += ${lastA.scalar(i)} * ${dots ? lastB.scalar(j) : lastB.vector(j)};`,
    ),
  ];
  const results = times(rows).flatMap((i) =>
    times(cols / 4).map((j) => (dots ? vec4((n) => `c${i}_${4 * j + n}`) : `c${i}_${j}`)),
  );
  return `
let top = group / p.across * ${rows}u;
let left = (group % p.across * ${size}u + lane) * ${cols}u;
${subgroups ? 'let quarter = place % 4u;' : 'if (left >= p.N) { return; }'}
${[...rowPlaces(a, rows), ...rowPlaces(b, cols)].join('\n')}
${sums.map(({ name }) => `var ${name} = ${dots ? '0.0' : 'vec4f()'};`).join('\n')}
var k = 0u;
for (; k + 4u <= p.K; k += 4u) {
${inner.join('\n')}
}
${parts.tail ? `for (; k < p.K; k++) {\n${tail.join('\n')}\n}` : ''}
var sums = array<vec4f, ${results.length}>(${results.join(', ')});
for (var i = 0u; i < ${rows}u; i++) {
  for (var j = 0u; j < ${cols / 4}u; j++) { finish(top + i, left + 4u * j, sums[i * ${cols / 4}u + j]); }
}`;
}
