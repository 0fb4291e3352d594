/** The feed-forward activation and its gradient on WebGPU. */
import { elementLaunch, widthOf, type Width } from '../../webgpu/elements';
import type { Arguments, Plan, Uniform, Use } from '../../webgpu/kernel';
import { dropoutUniforms, dropoutWgsl } from '../../webgpu/wgsl';

const root = Math.sqrt(2 / Math.PI);

/**
 * ½(1 + tanh(u)) is the logistic function of 2u, which needs no tanh (that of some drivers overflows) and keeps its
 * relative precision far below zero. Beyond |x| = 50 it is 0 or 1.
 */
const gate = ({ type }: Width): string => `
fn gate(x: ${type}) -> ${type} {
  let z = clamp(x, ${type}(-50.0), ${type}(50.0));
  let u = ${root} * z * (1.0 + 0.044715 * z * z);
  return 1.0 / (1.0 + exp(clamp(-2.0 * u, ${type}(-80.0), ${type}(80.0))));
}
fn gelu(x: ${type}) -> ${type} { return x * gate(x); }
fn geluGrad(x: ${type}) -> ${type} {
  let z = clamp(x, ${type}(-50.0), ${type}(50.0));
  let s = gate(z);
  return s + z * s * (1.0 - s) * ${2 * root} * (1.0 + ${3 * 0.044715} * z * z);
}
`;

interface Setup {
  w: Width;
  gated: boolean;
  drops: boolean;
  variant: string;
  uniforms: Uniform[];
  scalars: Use[];
  declarations: string;
  units: number;
}

function setup(args: Arguments): Setup {
  const dim = args.int('dim');
  const rate = args.float('dropout');
  const w = widthOf(dim);
  const gated = args.int('gated') === 1;
  const drops = rate > 0;
  return {
    w,
    gated,
    drops,
    variant: `${gated ? 'gated' : 'relu'}${drops ? '-drop' : ''}`,
    uniforms: [{ name: 'perRow', type: 'u32', value: dim / w.width }, ...dropoutUniforms(rate)],
    scalars: drops ? [{ name: 'scalars' }] : [],
    declarations: (gated ? gate(w) : '') + (drops ? dropoutWgsl : ''),
    units: (args.int('rows') * dim) / w.width,
  };
}

const keep = ({ drops, w }: Setup, value: string): string =>
  drops ? `kept${w.suffix}(dropKey(), i * ${w.width}u) * (${value})` : value;

// Row n of h has twice the length of row n of out, so its left half starts n rows further on.
const left = 'let left = i + i / p.perRow * p.perRow;';

export const activationPlan: Plan = (args) => {
  const s = setup(args);
  const { type, zero } = s.w;
  return elementLaunch(s.w, s.units, {
    ...s,
    uses: [{ name: 'h', type }, ...s.scalars, { name: 'out', type }],
    main: s.gated
      ? `${left}\nout[i] = ${keep(s, 'gelu(h[left]) * h[left + p.perRow]')};`
      : `out[i] = ${keep(s, `max(h[i], ${zero})`)};`,
  });
};

export const activationGradPlan: Plan = (args) => {
  const s = setup(args);
  const { type, zero } = s.w;
  return elementLaunch(s.w, s.units, {
    ...s,
    uses: [{ name: 'dOut', type }, { name: 'h', type }, ...s.scalars, { name: 'dh', type }],
    main: s.gated
      ? `${left}
let d = ${keep(s, 'dOut[i]')};
let x = h[left];
dh[left] = d * h[left + p.perRow] * geluGrad(x);
dh[left + p.perRow] = d * gelu(x);`
      : `dh[i] = select(${zero}, ${keep(s, 'dOut[i]')}, h[i] > ${zero});`,
  });
};
