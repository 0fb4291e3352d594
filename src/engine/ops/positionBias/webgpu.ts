/** Position bias and its gradient on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';

export const positionBiasPlan: Plan = (args) =>
  elementLaunch(widthOf(1), args.int('H') * args.int('TS'), {
    uses: [{ name: 'table' }, { name: 'buckets' }, { name: 'bias' }],
    main: 'bias[i] = table[buckets[i % p.TS] * p.H + i / p.TS];',
  });

/** A row is a number of the table: bucket·H + head. */
export const positionBiasGradPlan: Plan = (args, traits) => {
  const rows = args.int('numBuckets') * args.int('H');
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: 'sum',
    uses: [{ name: 'dBias' }, { name: 'buckets' }, { name: 'dTable' }],
    main: `let bucket = row / p.H;
let head = row % p.H * p.TS;
var sum = 0.0;
for (var i = first; i < p.TS; i += stride) { sum += select(0.0, dBias[head + i], buckets[i] == bucket); }
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { dTable[row] += all; }`,
  });
};
