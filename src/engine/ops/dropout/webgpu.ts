/** Dropout on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';
import { dropoutUniforms, dropoutWgsl } from '../../webgpu/wgsl';

export const dropoutPlan: Plan = (args) => {
  const length = args.int('length');
  const w = widthOf(length);
  return elementLaunch(w, length / w.width, {
    uses: [{ name: 'x', type: w.type }, { name: 'scalars' }, { name: 'y', type: w.type }],
    uniforms: dropoutUniforms(args.float('dropout')),
    declarations: dropoutWgsl,
    main: `y[i] = x[i] * kept${w.suffix}(dropKey(), i * ${w.width}u);`,
  });
};
