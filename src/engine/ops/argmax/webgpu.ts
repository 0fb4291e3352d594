/** Argmax on WebGPU. */
import { divideUp, type Plan } from '../../webgpu/kernel';

const shared = 64;

export const argmaxPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const uses = [{ name: 'x' }, { name: 'out' }];
  const scan = (first: string, stride: string): string => `var best = ${first};
var most = x[row * p.dim + min(best, p.dim - 1u)];
for (var i = ${first} + ${stride}; i < p.dim; i += ${stride}) {
  let value = x[row * p.dim + i];
  let better = value > most;
  most = select(most, value, better);
  best = select(best, i, better);
}`;
  if (traits.software) {
    const size = 4;
    return {
      variant: 'row',
      uses,
      size,
      workgroups: divideUp(rows, size),
      main: () => `let row = group * ${size}u + lane;
if (row >= p.rows) { return; }
${scan('0u', '1u')}
out[row * p.stride + p.first] = best;`,
    };
  }
  // Ties go to the lower index, whichever thread found it.
  const halves: string[] = [];
  for (let half = shared / 2; half >= 1; half /= 2)
    halves.push(`if (lane < ${half}u) {
  let other = lane + ${half}u;
  let better = tops[other] > tops[lane] || (tops[other] == tops[lane] && places[other] < places[lane]);
  if (better && places[other] < p.dim) { tops[lane] = tops[other]; places[lane] = places[other]; }
}
workgroupBarrier();`);
  return {
    variant: `group${shared}`,
    uses,
    size: shared,
    workgroups: rows,
    declarations: () => `var<workgroup> tops: array<f32, ${shared}>;
var<workgroup> places: array<u32, ${shared}>;`,
    main: () => `let row = group;
${scan('lane', `${shared}u`)}
tops[lane] = most;
places[lane] = best;
workgroupBarrier();
${halves.join('\n')}
if (lane == 0u) { out[row * p.stride + p.first] = places[0]; }`,
  };
};
