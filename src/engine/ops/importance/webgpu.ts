/** Squared gradients and quadratic penalties on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';

export const addSquaresPlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  return elementLaunch(w, length / w.width, {
    uses: [{ name: 'f', type: w.type }, { name: 'g', type: w.type }, { name: 'factors' }],
    main: 'f[i] = factors[1] * f[i] + factors[0] * g[i] * g[i];',
  });
};

export const penaltyGradPlan: Plan = (args) => {
  const length = args.int('length');
  const weighted = args.int('weighted') === 1;
  const w = widthOf(length);
  const { type } = w;
  return elementLaunch(w, length / w.width, {
    variant: weighted ? 'weighted' : '',
    uses: [
      { name: 'g', type },
      { name: 'x', type },
      { name: 'centre', type },
      ...(weighted ? [{ name: 'f', type }] : []),
      { name: 'factors' },
    ],
    main: `g[i] += factors[0] * ${weighted ? 'f[i] * ' : ''}(x[i] - centre[i]);`,
  });
};
