/** Flat vectors on WebGPU: sums, fills, norms. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import { divideUp, type Plan } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';
import { scalars as slots } from '../../program/scalars';
import { sumSquaresSlice } from './vector';

export const axpyPlan: Plan = (args) => {
  const length = args.int('length');
  const fresh = args.float('b') === 0;
  const { width, type, ...w } = widthOf(length);
  return elementLaunch({ width, type, ...w }, length / width, {
    variant: fresh ? 'fresh' : '',
    uses: [
      { name: 'x', type },
      { name: 'y', type, access: fresh ? 'write' : 'update' },
    ],
    main: `y[i] = ${fresh ? '' : 'p.b * y[i] + '}p.a * x[i];`,
  });
};

export const fillPlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  return elementLaunch(w, length / w.width, {
    uses: [{ name: 'x', type: w.type }],
    main: `x[i] = ${w.type}(p.value);`,
  });
};

/** A row is a slice. */
export const sumSquaresPlan: Plan = (args, traits) => {
  const length = args.int('length');
  const rows = divideUp(length, sumSquaresSlice);
  const { width, type, zero } = widthOf(length);
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: `x${width}`,
    uses: [{ name: 'x', type }, { name: 'partials' }],
    main: `let begin = row * ${sumSquaresSlice / width}u;
let end = min(begin + ${sumSquaresSlice / width}u, p.length / ${width}u);
var sum = ${zero};
for (var i = begin + first; i < end; i += stride) { let a = x[i]; sum += a * a; }
let all = ${threads.reduce('sum', width === 4 ? 'dot(sum, vec4f(1.0))' : 'sum')};
if (${threads.writes}) { partials[p.first + row] = all; }`,
  });
};

export const clipFactorPlan: Plan = (_, traits) => {
  const threads = rowThreads(traits, 1, ['sum'], { size: 256, softwareSize: 1 });
  return rowLaunch(threads, 1, {
    variant: 'clip',
    uses: [{ name: 'partials' }, { name: 'scalars' }, { name: 'out' }],
    main: `var sum = 0.0;
for (var i = first; i < p.count; i += stride) { sum += partials[i]; }
let norm = sqrt(${threads.reduce('sum', 'sum')});
let maxNorm = scalars[${slots.maxNorm}];
if (${threads.writes}) {
  out[0] = norm;
  out[1] = select(1.0, min(1.0, maxNorm / (norm + 1e-6)), maxNorm > 0.0);
}`,
  });
};
