/**
 * Reductions over the threads of a workgroup: a binary tree of neighbours, so that the result depends on nothing but
 * the values. Where there are subgroups, the threads of each reduce among themselves without memory or barriers, and
 * the tree is the same: so are the bytes.
 */
import type { Traits } from './kernel';

export type Reduction = 'sum' | 'max';

export interface Reducer {
  /** For the name of a variant. */
  readonly name: string;
  /** For `subgroups` of a launch. */
  readonly subgroups: boolean;
  /** Functions and workgroup variables of some reductions. */
  declarations(kinds: readonly Reduction[]): string;
  /** Expression for the reduction of a value over all threads, which must all come to it; all get the result. */
  reduce(kind: Reduction, value: string): string;
}

/** @param size threads of the workgroup, a power of two and at least 64 */
export function reducer(traits: Traits, size: number, type: 'f32' | 'vec4f' = 'f32'): Reducer {
  const subgroups = traits.subgroup > 0;
  return {
    name: subgroups ? `subgroups${traits.subgroup}` : 'tree',
    subgroups,
    declarations: (kinds) =>
      kinds
        .map((kind) =>
          subgroups ? inSubgroups(kind, size, type, traits.subgroup) : inTree(kind, size, type),
        )
        .join(''),
    reduce: (kind, value) => `${kind}All(lane, ${subgroups ? 'subgroupSize, ' : ''}${value})`,
  };
}

const joined = (kind: Reduction, a: string, b: string): string =>
  kind === 'sum' ? `${a} + ${b}` : `max(${a}, ${b})`;

function inTree(kind: Reduction, size: number, type: string): string {
  const steps: string[] = [];
  for (let apart = 1; apart < size; apart *= 2) {
    const [a, b] = [`${kind}Of[at]`, `${kind}Of[at + ${apart}u]`];
    steps.push(`  at = lane * ${2 * apart}u;
  if (at < ${size}u) { ${a} = ${joined(kind, a, b)}; }
  workgroupBarrier();`);
  }
  return `
var<workgroup> ${kind}Of: array<${type}, ${size}>;
fn ${kind}All(lane: u32, x: ${type}) -> ${type} {
  ${kind}Of[lane] = x;
  var at = 0u;
  workgroupBarrier();
${steps.join('\n')}
  let all = ${kind}Of[0];
  workgroupBarrier();
  return all;
}
`;
}

/**
 * Round after round, each subgroup makes one value of as many as it has threads, until one is left. How large
 * subgroups are is known to the shader alone, so there are as many rounds as the smallest would take.
 */
function inSubgroups(kind: Reduction, size: number, type: string, fewest: number): string {
  const all = 'all';
  const round = `  for (var apart = 1u; apart < min(width, left); apart *= 2u) {
    all = ${joined(kind, all, 'subgroupShuffleXor(all, apart)')};
  }`;
  const rounds = [round];
  let first = 0;
  for (let left = size / fewest; left > 1; left /= fewest) {
    // The values of each round lie behind those of the round before, which others may still be reading.
    rounds.push(`  if (lane < left && lane % width == 0u) { ${kind}Of[${first}u + lane / width] = all; }
  left = max(1u, left / width);
  workgroupBarrier();
  all = ${kind}Of[${first}u + lane % left];
${round}`);
    first += left;
  }
  return `
var<workgroup> ${kind}Of: array<${type}, ${Math.max(1, first)}>;
fn ${kind}All(lane: u32, width: u32, x: ${type}) -> ${type} {
  var all = x;
  var left = ${size}u;
${rounds.join('\n')}
  workgroupBarrier();
  return all;
}
`;
}
