/** WGSL that both kinds of matmul kernel share: how operands are read and results are written. */
import {
  fours,
  type Arguments,
  type ElementType,
  type Traits,
  type Uniform,
  type Use,
} from '../../webgpu/kernel';
import { dropoutUniforms, dropoutWgsl, halvesType, halvesWgsl } from '../../webgpu/wgsl';

/**
 * An operand is a matrix [outer, K], outer being m of A and n of B. Its elements are contiguous along K or along
 * the outer axis; `stride` is the distance along the other.
 */
export interface Operand {
  readonly name: 'a' | 'b';
  readonly along: 'k' | 'outer';
  /** Read four at a time. */
  readonly vector: boolean;
  /** f16, which only B is. */
  readonly half: boolean;
  /** What it is bound as. */
  readonly type: ElementType;
}

/** What happens to a sum before it is stored. */
export type Ending = 'write' | 'add' | 'residual' | 'drop';

export interface Parts {
  readonly a: Operand;
  readonly b: Operand;
  readonly ending: Ending;
  /** C is written, and read, four at a time. */
  readonly vectorC: boolean;
  /** The residual is C itself. */
  readonly inPlace: boolean;
  /** K is no multiple of 4. */
  readonly tail: boolean;
  /** Alpha has a factor among the scalars. */
  readonly scaled: boolean;
}

function operand(args: Arguments, traits: Traits, name: 'a' | 'b'): Operand & { stride: number } {
  const [outer, k] = name === 'a' ? ['rowA', 'colA'] : ['colB', 'rowB'];
  const along = args.int(k) === 1 ? 'k' : 'outer';
  const stride = args.int(along === 'k' ? outer : k);
  const offset = args.int(name === 'a' ? 'offA' : 'offB');
  const vector = fours(stride, offset) && (along === 'outer' || fours(args.int('K')));
  const half = name === 'b' && args.int('half') === 1;
  const type = half ? halvesType(traits, vector ? 4 : 1) : vector ? 'vec4f' : 'f32';
  return { name, along, vector, half, type, stride };
}

export function partsOf(args: Arguments, traits: Traits): { parts: Parts; uniforms: Uniform[] } {
  const a = operand(args, traits, 'a');
  const b = operand(args, traits, 'b');
  const c = args.view('c');
  const r = args.view('r');
  const rate = args.float('dropout');
  const residual = args.int('residual') === 1;
  const parts: Parts = {
    a,
    b,
    ending: residual ? (rate > 0 ? 'drop' : 'residual') : args.int('beta') === 1 ? 'add' : 'write',
    vectorC: fours(args.int('N'), args.int('rowC'), args.int('offC')),
    inPlace: residual && r.buffer === c.buffer && r.offset === c.offset,
    tail: !fours(args.int('K')),
    scaled: args.int('factor') > 0,
  };
  const uniforms: Uniform[] = [
    { name: 'strideA', type: 'u32', value: a.stride },
    { name: 'strideB', type: 'u32', value: b.stride },
    ...dropoutUniforms(rate),
  ];
  return { parts, uniforms };
}

/** Short name of the code that `parts` lead to. */
export function partsName({ a, b, ending, vectorC, inPlace, tail, scaled }: Parts): string {
  const side = (o: Operand): string =>
    (o.along === 'k' ? 'k' : 'o') + (o.vector ? '4' : '1') + (o.half ? 'h' : '');
  const words = [inPlace ? 'own' : '', tail ? 'tail' : '', scaled ? 'scaled' : ''];
  return [side(a), side(b), ending, vectorC ? 'c4' : 'c1', ...words].join('-');
}

export const operandUses = ({ a, b }: Parts): Use[] => [
  { name: 'a', type: a.type },
  { name: 'b', type: b.type },
];

export function resultUses({ ending, vectorC, inPlace, scaled }: Parts): Use[] {
  const type = vectorC ? 'vec4f' : 'f32';
  return [
    { name: 'c', type, access: ending === 'write' ? 'write' : 'update' },
    ...((ending === 'residual' || ending === 'drop') && !inPlace ? [{ name: 'r', type } as const] : []),
    ...(ending === 'drop' || scaled ? [{ name: 'scalars' }] : []),
  ];
}

/** Expression for the index, in units of the binding's type, of element (outer, k). */
export function place({ name, along, vector }: Operand, outer: string, k: string): string {
  const [stride, offset] = name === 'a' ? ['p.strideA', 'p.offA'] : ['p.strideB', 'p.offB'];
  const element =
    along === 'k' ? `${offset} + (${outer}) * ${stride} + ${k}` : `${offset} + (${k}) * ${stride} + ${outer}`;
  return vector ? `((${element}) >> 2u)` : element;
}

/** Expression for one element, where elements are read one at a time. */
export const one = ({ name, half, type }: Operand, index: string): string =>
  half ? halvesWgsl(type, name, index) : `${name}[${index}]`;

/** Expression for four contiguous elements, the first of which is at `index` + 4·`skip`. */
export function four(o: Operand, index: string, skip: number): string {
  const { name, vector, half, type } = o;
  if (vector) {
    const at = `${index} + ${skip}u`;
    return half ? halvesWgsl(type, name, at) : `${name}[${at}]`;
  }
  return `vec4f(${[0, 1, 2, 3].map((j) => one(o, `${index} + ${4 * skip + j}u`)).join(', ')})`;
}

/** `finish(m, n, x)` stores four sums of a row, unless they lie outside. */
export function finishWgsl({ ending, vectorC, inPlace, scaled }: Parts): string {
  const residual = inPlace ? 'c' : 'r';
  const alpha = scaled ? '(p.alpha * bitcast<f32>(scalars[p.factor]))' : 'p.alpha';
  const value = (i: string, kept: string, x: string): string =>
    ({
      write: `${alpha} * ${x}`,
      add: `c[${i}] + ${alpha} * ${x}`,
      residual: `${residual}[${i}] + ${alpha} * ${x}`,
      drop: `${residual}[${i}] + ${kept} * (${alpha} * ${x})`,
    })[ending];
  const store = vectorC
    ? `c[at >> 2u] = ${value('at >> 2u', 'kept4(dropKey(), m * p.N + n)', 'x')};`
    : `for (var j = 0u; j < min(4u, p.N - n); j++) {
      c[at + j] = ${value('at + j', 'kept(dropKey(), m * p.N + n + j)', 'x[j]')};
    }`;
  return `${ending === 'drop' ? dropoutWgsl : ''}
fn finish(m: u32, n: u32, x: vec4f) {
  if (m < p.M && n < p.N) {
    let at = p.offC + m * p.rowC + n;
    ${store}
  }
}
`;
}
