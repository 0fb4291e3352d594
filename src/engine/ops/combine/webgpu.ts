/** Sums and multiples of vectors on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';

export const combinePlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  return elementLaunch(w, length / w.width, {
    uses: [{ name: 'x', type: w.type }, { name: 'y', type: w.type }, { name: 'factors' }],
    main: `let a = factors[0];
let b = factors[1];
if (a == 0.0 && b == 1.0) { return; }
// With b = 0 what y holds does not count, not even NaN.
y[i] = a * x[i] + select(b * y[i], ${w.zero}, b == 0.0);`,
  });
};

export const rescalePlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  return elementLaunch(w, length / w.width, {
    uses: [{ name: 'y', type: w.type }, { name: 'factors' }],
    main: 'y[i] = factors[0] * y[i];',
  });
};
