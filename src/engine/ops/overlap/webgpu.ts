/** Overlaps of matrices on WebGPU: a thread for each product, and for each element of the gradient. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';

const single = widthOf(1);

/** The last pair that begins at or before element `i`, by the table's field `field`. */
const find = (field: number): string => `var pair = 0u;
while (pair + 1u < p.pairs && table[(pair + 1u) * 8u + ${field}u] <= i) { pair++; }
let row = pair * 8u;
let others = table[row + 4u];
let width = table[row + 5u];
let within = i - table[row + ${field}u];`;

export const overlapPlan: Plan = (args) =>
  elementLaunch(single, args.int('count'), {
    uses: [{ name: 'a' }, { name: 'o' }, { name: 'table' }, { name: 'products' }],
    main: `${find(6)}
let fromA = table[row] + within / others * width;
let fromO = table[row + 1u] + within % others * width;
var sum = 0.0;
for (var c = 0u; c < width; c++) { sum += a[fromA + c] * o[fromO + c]; }
products[i] = sum;`,
  });

export const overlapGradPlan: Plan = (args) =>
  elementLaunch(single, args.int('elements'), {
    uses: [{ name: 'products' }, { name: 'o' }, { name: 'table' }, { name: 'factors' }, { name: 'da' }],
    main: `${find(7)}
let first = table[row + 6u] + within / width * others;
let fromO = table[row + 1u] + within % width;
var sum = 0.0;
for (var j = 0u; j < others; j++) { sum += sign(products[first + j]) * o[fromO + j * width]; }
da[table[row + 2u] + within] += factors[0] * sum;`,
  });
