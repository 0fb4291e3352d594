/** RMS norm and its gradients on WebGPU. */
import { widthOf } from '../../webgpu/elements';
import { divideUp, type Plan } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';

/** Sum of the lanes of a value that may be a vector. */
const lanes = (width: number, value: string): string => (width === 4 ? `dot(${value}, vec4f(1.0))` : value);

export const rmsNormPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const { width, type, zero } = widthOf(args.int('dim'));
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: `x${width}`,
    uses: [{ name: 'x', type }, { name: 'w', type }, { name: 'y', type }, { name: 'rstd' }],
    main: `let units = p.dim / ${width}u;
let base = row * units;
var squares = ${zero};
for (var i = first; i < units; i += stride) { let a = x[base + i]; squares += a * a; }
let all = ${threads.reduce('sum', lanes(width, 'squares'))};
let r = 1.0 / sqrt(all / f32(p.dim) + p.epsilon);
if (${threads.writes}) { rstd[row] = r; }
for (var i = first; i < units; i += stride) { y[base + i] = w[i] * x[base + i] * r; }`,
  });
};

export const rmsNormGradPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const accumulate = args.int('accumulate') === 1;
  const { width, type, zero } = widthOf(args.int('dim'));
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: `x${width}${accumulate ? '-add' : ''}`,
    uses: [
      { name: 'dy', type },
      { name: 'x', type },
      { name: 'w', type },
      { name: 'rstd' },
      { name: 'dx', type, access: accumulate ? 'update' : 'write' },
    ],
    main: `let units = p.dim / ${width}u;
let base = row * units;
var products = ${zero};
for (var i = first; i < units; i += stride) { products += dy[base + i] * w[i] * x[base + i]; }
let all = ${threads.reduce('sum', lanes(width, 'products'))};
let r = rstd[row];
let scale = r * r * r * all / f32(p.dim);
for (var i = first; i < units; i += stride) {
  dx[base + i] ${accumulate ? '+' : ''}= r * w[i] * dy[base + i] - x[base + i] * scale;
}`,
  });
};

/** Threads of a workgroup that share a column, on a GPU. */
const share = 16;
const columns = 4;

export const rmsNormWeightGradPlan: Plan = (args, traits) => {
  const dim = args.int('dim');
  const { width, type, zero } = widthOf(dim);
  const units = dim / width;
  const common = {
    uses: [{ name: 'dy', type }, { name: 'x', type }, { name: 'rstd' }, { name: 'dw', type }],
    uniforms: [{ name: 'units', type: 'u32' as const, value: units }],
  };
  const sum = (from: string, step: string): string => `var sum = ${zero};
if (d < p.units) {
  for (var n = ${from}; n < p.rows; n += ${step}) { sum += dy[n * p.units + d] * x[n * p.units + d] * rstd[n]; }
}`;
  if (traits.software) {
    const size = 4;
    return {
      ...common,
      variant: `column-x${width}`,
      size,
      workgroups: divideUp(units, size),
      main: () => `let d = group * ${size}u + lane;
${sum('0u', '1u')}
if (d < p.units) { dw[d] += sum; }`,
    };
  }
  const halves: string[] = [];
  for (let half = share / 2; half >= 1; half /= 2)
    halves.push(`if (lane < ${half * columns}u) { sums[lane] += sums[lane + ${half * columns}u]; }
workgroupBarrier();`);
  return {
    ...common,
    variant: `share-x${width}`,
    size: share * columns,
    workgroups: divideUp(units, columns),
    declarations: () => `var<workgroup> sums: array<${type}, ${share * columns}>;`,
    main: () => `let d = group * ${columns}u + lane % ${columns}u;
${sum(`lane / ${columns}u`, `${share}u`)}
sums[lane] = sum;
workgroupBarrier();
${halves.join('\n')}
if (lane < ${columns}u && d < p.units) { dw[d] += sums[lane]; }`,
  };
};
