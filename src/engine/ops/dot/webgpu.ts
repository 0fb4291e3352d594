/** Products of long vectors on WebGPU. */
import { widthOf } from '../../webgpu/elements';
import { divideUp, type Plan } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';
import { dotSlice } from './dot';

/** A row is a slice. */
export const dotPlan: Plan = (args, traits) => {
  const length = args.int('length');
  const rows = divideUp(length, dotSlice);
  const { width, type, zero } = widthOf(length);
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: `x${width}`,
    uses: [{ name: 'x', type }, { name: 'y', type }, { name: 'partials' }],
    main: `let begin = row * ${dotSlice / width}u;
let end = min(begin + ${dotSlice / width}u, p.length / ${width}u);
var sum = ${zero};
for (var i = begin + first; i < end; i += stride) { sum += x[i] * y[i]; }
let all = ${threads.reduce('sum', width === 4 ? 'dot(sum, vec4f(1.0))' : 'sum')};
if (${threads.writes}) { partials[p.first + row] = all; }`,
  });
};

export const projectionPlan: Plan = (_, traits) => {
  const threads = rowThreads(traits, 1, ['sum'], { size: 256, softwareSize: 1 });
  return rowLaunch(threads, 1, {
    variant: 'project',
    uses: [{ name: 'products' }, { name: 'factors' }],
    main: `var along = 0.0;
var square = 0.0;
for (var i = first; i < p.count; i += stride) {
  along += products[i];
  square += products[p.count + i];
}
let dotProduct = ${threads.reduce('sum', 'along')};
let norm = ${threads.reduce('sum', 'square')};
if (${threads.writes}) {
  factors[0] = select(0.0, -dotProduct / norm, dotProduct < 0.0);
  factors[1] = 1.0;
}`,
  });
};
