/** Labels drawn from rows of logits, on WebGPU. */
import { scalars as slots } from '../../program/scalars';
import { divideUp, type Plan } from '../../webgpu/kernel';

const shared = 64;

const noise = `fn scramble(x: u32) -> u32 {
  var y = x ^ (x >> 16u);
  y *= 0x7feb352du;
  y ^= y >> 15u;
  y *= 0x846ca68bu;
  return y ^ (y >> 16u);
}
fn gumbel(key: u32, index: u32) -> f32 {
  let u = (f32(scramble(key + index) >> 9u) + 0.5) * 1.1920928955078125e-7;
  return -log(-log(u));
}
`;

export const sampleLabelsPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const uses = [{ name: 'logits' }, { name: 'labels' }, { name: 'scalars' }, { name: 'drawn' }];
  const scan = (first: string, stride: string): string => `let key = scramble(scalars[${slots.sampleSeed}]);
var best = 0u;
var most = -3.4028234e38;
for (var i = ${first}; i < p.vocab; i += ${stride}) {
  let score = logits[row * p.vocab + i] + gumbel(key, row * p.vocab + i);
  let better = score > most;
  most = select(most, score, better);
  best = select(best, i, better);
}`;
  const write = (place: string): string =>
    `drawn[row] = select(labels[row], ${place}, labels[row] < p.vocab);`;
  if (traits.software) {
    const size = 4;
    return {
      variant: 'row',
      uses,
      size,
      workgroups: divideUp(rows, size),
      declarations: () => noise,
      main: () => `let row = group * ${size}u + lane;
if (row >= p.rows) { return; }
${scan('0u', '1u')}
${write('best')}`,
    };
  }
  // Ties go to the lower index, whichever thread found it.
  const halves: string[] = [];
  for (let half = shared / 2; half >= 1; half /= 2)
    halves.push(`if (lane < ${half}u) {
  let other = lane + ${half}u;
  if (tops[other] > tops[lane] || (tops[other] == tops[lane] && places[other] < places[lane])) {
    tops[lane] = tops[other];
    places[lane] = places[other];
  }
}
workgroupBarrier();`);
  return {
    variant: `group${shared}`,
    uses,
    size: shared,
    workgroups: rows,
    declarations: () => `${noise}var<workgroup> tops: array<f32, ${shared}>;
var<workgroup> places: array<u32, ${shared}>;`,
    main: () => `let row = group;
${scan('lane', `${shared}u`)}
tops[lane] = most;
places[lane] = best;
workgroupBarrier();
${halves.join('\n')}
if (lane == 0u) { ${write('places[0]')} }`,
  };
};
