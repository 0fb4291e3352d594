/** Embedding and its scatter-add on WebGPU. */
import { elementLaunch, widthOf } from '../../webgpu/elements';
import type { Arguments, Plan } from '../../webgpu/kernel';
import { dropoutUniforms, dropoutWgsl, halvesType, halvesWgsl } from '../../webgpu/wgsl';

function setup(args: Arguments) {
  const dim = args.int('dim');
  const rate = args.float('dropout');
  const w = widthOf(dim);
  return {
    w,
    drops: rate > 0,
    units: (args.int('rows') * dim) / w.width,
    shared: {
      variant: rate > 0 ? 'drop' : '',
      uniforms: [{ name: 'perRow', type: 'u32' as const, value: dim / w.width }, ...dropoutUniforms(rate)],
      declarations: rate > 0 ? dropoutWgsl : '',
    },
  };
}

export const embeddingPlan: Plan = (args, traits) => {
  const { w, drops, units, shared } = setup(args);
  const half = args.int('half') === 1;
  const type = half ? halvesType(traits, w.width) : w.type;
  return elementLaunch(w, units, {
    ...shared,
    variant: `${shared.variant}${half ? 'half' : ''}`,
    uses: [
      { name: 'table', type },
      { name: 'ids' },
      ...(drops ? [{ name: 'scalars' }] : []),
      { name: 'out', type: w.type },
    ],
    main: `let n = i / p.perRow;
let at = ids[n] * p.perRow + i % p.perRow;
let x = ${half ? halvesWgsl(type, 'table', 'at') : 'table[at]'};
out[i] = ${drops ? `kept${w.suffix}(dropKey(), i * ${w.width}u) * x` : 'x'};`,
  });
};

/** The thread at the first place of a run of equal ids adds the run up, in the order of `order`. */
export const embeddingGradPlan: Plan = (args) => {
  const { w, drops, units, shared } = setup(args);
  return elementLaunch(w, units, {
    ...shared,
    uses: [
      { name: 'dOut', type: w.type },
      { name: 'ids' },
      { name: 'order' },
      ...(drops ? [{ name: 'scalars' }] : []),
      { name: 'dTable', type: w.type },
    ],
    main: `var k = i / p.perRow;
let d = i % p.perRow;
var n = order[k];
let id = ids[n];
if (k > 0u) {
  if (ids[order[k - 1u]] == id) { return; }
}
let at = id * p.perRow + d;
var sum = dTable[at];
${drops ? 'let key = dropKey();' : ''}
loop {
  let j = n * p.perRow + d;
  sum += ${drops ? `kept${w.suffix}(key, j * ${w.width}u) * dOut[j]` : 'dOut[j]'};
  k++;
  if (k >= p.rows) { break; }
  n = order[k];
  if (ids[n] != id) { break; }
}
dTable[at] = sum;`,
  });
};
