/** What attention's kernels share: how rows of heads and of scores are read and written, four numbers at a time. */
import { divideUp, fours, type Arguments, type Uniform, type Use } from '../../webgpu/kernel';
import { dropoutUniforms, dropoutWgsl } from '../../webgpu/wgsl';

export interface Parts {
  /** Heads' columns are read four at a time. */
  readonly vectorD: boolean;
  /** Scores are read four keys at a time. */
  readonly vectorS: boolean;
  readonly drops: boolean;
  /** Of a head's columns, how many fours are summed at once: equal parts of at most 4, lest compilers take long. */
  readonly chunk: number;
  readonly variant: string;
  readonly uniforms: Uniform[];
}

export function partsOf(args: Arguments): Parts {
  const int = (name: string): number => args.int(name);
  const [dKv, S, rate] = [int('dKv'), int('S'), args.float('dropout')];
  const vectorD = fours(dKv, ...['rowQ', 'offQ', 'rowKv', 'offK', 'offV'].map(int));
  const vectorS = fours(S);
  const fourColumns = divideUp(dKv, 4);
  const chunk = divideUp(fourColumns, divideUp(fourColumns, 4));
  const drops = rate > 0;
  const flags = [vectorD && 'd4', vectorS && 's4', drops && 'drop'].filter((flag) => flag !== false);
  return {
    vectorD,
    vectorS,
    drops,
    chunk,
    variant: [`${chunk}`, ...flags].join('-'),
    uniforms: dropoutUniforms(rate),
  };
}

export const heads = (p: Parts, name: string): Use => ({ name, type: p.vectorD ? 'vec4f' : 'f32' });
export const scores = (p: Parts, name: string): Use => ({ name, type: p.vectorS ? 'vec4f' : 'f32' });
export const dropScalars = (p: Parts): Use[] => (p.drops ? [{ name: 'scalars' }] : []);

const getFours = (name: string, vector: boolean, limit: string): string => `
fn ${name}4(at: u32, j: u32) -> vec4f {
  ${
    vector
      ? `return ${name}[(at + j) >> 2u];`
      : `return vec4f(${[0, 1, 2, 3].map((i) => `select(0.0, ${name}[at + j + ${i}u], j + ${i}u < ${limit})`).join(', ')});`
  }
}`;

const putFours = (name: string, vector: boolean, limit: string): string => `
fn put_${name}(at: u32, j: u32, x: vec4f) {
  ${vector ? `${name}[(at + j) >> 2u] = x;` : `for (var i = 0u; i < min(4u, ${limit} - j); i++) { ${name}[at + j + i] = x[i]; }`}
}`;

/**
 * `name4(at, j)` for each that is read and `put_name(at, j, x)` for each that is written: elements j .. j + 3 of the
 * row that starts at `at`. What lies beyond the row reads as 0 and is not written.
 */
export function accessWgsl(
  p: Parts,
  names: { headsIn?: string[]; headsOut?: string[]; scoresIn?: string[]; scoresOut?: string[] },
): string {
  return [
    ...(names.headsIn ?? []).map((name) => getFours(name, p.vectorD, 'p.dKv')),
    ...(names.headsOut ?? []).map((name) => putFours(name, p.vectorD, 'p.dKv')),
    ...(names.scoresIn ?? []).map((name) => getFours(name, p.vectorS, 'p.S')),
    ...(names.scoresOut ?? []).map((name) => putFours(name, p.vectorS, 'p.S')),
    p.drops ? dropoutWgsl : '',
  ].join('\n');
}

/** Expression for four scores times the dropout mask. `dropped` must be the thread's `dropKey()`. */
export const kept = (p: Parts, value: string, index: string): string =>
  p.drops ? `${value} * kept4(dropped, ${index})` : value;

/** Most negative float, the score of a key that is masked. */
export const lowest = '-3.4028234663852886e38';

/** exp of a difference of scores, 0 far below: some drivers make NaN of a very negative argument. */
export const expWgsl = 'fn exp4(x: vec4f) -> vec4f { return exp(max(x, vec4f(-200.0))); }\n';

/** Expression for the fours of `keys` that are no later than query t, or all where that doesn't matter. */
export const notLater = (keys: string, t: string): string =>
  `((${keys} + vec4u(0u, 1u, 2u, 3u) <= vec4u(${t})) | vec4<bool>(p.causal == 0u))`;

export const times = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
export const lines = (n: number, line: (i: number) => string): string => times(n).map(line).join('\n');
