/** Cross-entropy with a match to given logits, on WebGPU. */
import { widthOf, type Width } from '../../webgpu/elements';
import type { Arguments, Launch, Plan, Traits } from '../../webgpu/kernel';
import { rowLaunch, rowThreads, type RowThreads } from '../../webgpu/rows';
import { scalars as slots } from '../../program/scalars';

/** WGSL of one of the two losses. */
interface Match {
  name: string;
  /** Before the sums: the given row's largest, if it is wanted. */
  start: (threads: RowThreads, w: Width) => string;
  /** Variables, what to add to them for element `z` of the logits and `t` of the given, and the row's loss. */
  sums: (w: Width) => string;
  add: string;
  finish: (threads: RowThreads, w: Width) => string;
  /** The gradient of an element. */
  gradient: string;
}

const largestOf = (w: Width, x: string): string =>
  w.width === 4 ? `max(max(${x}.x, ${x}.y), max(${x}.z, ${x}.w))` : x;
const totalOf = (w: Width, x: string): string => (w.width === 4 ? `dot(${x}, vec4f(1.0))` : x);

const distillation: Match = {
  name: 'distil',
  start: (threads, w) => `var givenTop = ${w.type}(-3.4028234e38);
for (var i = first; i < units; i += stride) { givenTop = max(givenTop, given[base + i]); }
let givenMost = ${threads.reduce('max', largestOf(w, 'givenTop'))};
let cool = 1.0 / p.temperature;`,
  sums: (w) => `var ourSum = ${w.zero};
var givenSum = ${w.zero};
var crossSum = ${w.zero};`,
  add: `let above = (z - most) * cool;
let givenAbove = (t - givenMost) * cool;
let power = exp(givenAbove);
ourSum += exp(above);
givenSum += power;
crossSum += power * (givenAbove - above);`,
  finish: (threads, w) => `let ours = ${threads.reduce('sum', totalOf(w, 'ourSum'))};
let givens = ${threads.reduce('sum', totalOf(w, 'givenSum'))};
let crossed = ${threads.reduce('sum', totalOf(w, 'crossSum'))};
let matched = p.temperature * p.temperature * (crossed / givens - log(givens) + log(ours));
let ourInverse = p.temperature / ours;
let givenInverse = p.temperature / givens;`,
  gradient: 'exp((z - most) * cool) * ourInverse - exp((t - givenMost) * cool) * givenInverse',
};

const logitError: Match = {
  name: 'error',
  start: () => '',
  sums: (w) => `var squares = ${w.zero};`,
  add: 'squares += (z - t) * (z - t);',
  finish: (threads, w) => `let matched = ${threads.reduce('sum', totalOf(w, 'squares'))} / f32(p.vocab);
let slope = 2.0 / f32(p.vocab);`,
  gradient: 'slope * (z - t)',
};

function launch(args: Arguments, traits: Traits, match: Match): Launch {
  const rows = args.int('rows');
  const w = widthOf(args.int('vocab'));
  const { width, type, zero } = w;
  const threads = rowThreads(traits, rows, ['max', 'sum'], { size: 256, softwareSize: 4 });
  const early = `if (!live) {
  rowLoss[row] = 0.0;
  for (var i = 0u; i < units; i++) { logits[base + i] = ${zero}; }
  return;
}`;
  return rowLaunch(threads, rows, {
    variant: `${match.name}-x${width}`,
    uses: [
      { name: 'logits', type, access: 'update' },
      { name: 'given', type },
      { name: 'labels' },
      { name: 'scalars' },
      { name: 'rowLoss' },
    ],
    main: `let units = p.vocab / ${width}u;
let base = row * units;
let label = labels[row];
let live = label < p.vocab;
${traits.software ? early : ''}
var top = ${type}(-3.4028234e38);
for (var i = first; i < units; i += stride) { top = max(top, logits[base + i]); }
let most = ${threads.reduce('max', largestOf(w, 'top'))};
${match.start(threads, w)}
var sum = ${zero};
${match.sums(w)}
for (var i = first; i < units; i += stride) {
  let z = logits[base + i];
  let t = given[base + i];
  sum += exp(z - most);
  ${match.add}
}
let chosen = logits[base + min(label, p.vocab - 1u) / ${width}u]${width === 4 ? '[label % 4u]' : ''};
let all = ${threads.reduce('sum', totalOf(w, 'sum'))};
${match.finish(threads, w)}
let wc = bitcast<f32>(scalars[${slots.crossEntropyWeight}]);
let wm = bitcast<f32>(scalars[${slots.matchWeight}]);
if (${threads.writes}) { rowLoss[row] = select(0.0, wc * (most - chosen + log(all)) + wm * matched, live); }
let scale = select(0.0, bitcast<f32>(scalars[${slots.lossScale}]), live);
let inverse = scale * wc / all;
for (var i = first; i < units; i += stride) {
  let z = logits[base + i];
  let t = given[base + i];
  logits[base + i] = exp(z - most) * inverse + scale * wm * (${match.gradient});
}
// The label's own element belongs to one thread, which takes the 1 off after its part of the row is written.
let at = label / ${width}u;
if (label < p.vocab && at % stride == first) { logits[base + at]${width === 4 ? '[label % 4u]' : ''} -= scale * wc; }`,
  });
}

export const distillationPlan: Plan = (args, traits) => launch(args, traits, distillation);
export const logitErrorPlan: Plan = (args, traits) => launch(args, traits, logitError);
