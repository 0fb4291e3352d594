/** Softmax cross-entropy on WebGPU. */
import { widthOf } from '../../webgpu/elements';
import type { Plan } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';
import { scalars as slots } from '../../program/scalars';

export const crossEntropyPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const grad = args.int('grad') === 1;
  const { width, type, zero } = widthOf(args.int('vocab'));
  const threads = rowThreads(traits, rows, ['max', 'sum'], { size: 256, softwareSize: 4 });
  const largest = width === 4 ? 'max(max(top.x, top.y), max(top.z, top.w))' : 'top';
  const total = width === 4 ? 'dot(sum, vec4f(1.0))' : 'sum';
  const write = `let inverse = scale / all;
for (var i = first; i < units; i += stride) { logits[base + i] = exp(logits[base + i] - most) * inverse; }`;
  // The label's own element belongs to one thread, which takes the 1 off after its part of the row is written.
  const own = `let at = label / ${width}u;
if (label < p.vocab && at % stride == first) { logits[base + at]${width === 4 ? '[label % 4u]' : ''} -= scale; }`;
  return rowLaunch(threads, rows, {
    variant: `x${width}${grad ? '-grad' : ''}`,
    uses: [
      { name: 'logits', type, access: 'update' },
      { name: 'labels' },
      { name: 'scalars' },
      { name: 'rowLoss' },
    ],
    main: `let units = p.vocab / ${width}u;
let base = row * units;
let label = labels[row];
let live = label < p.vocab;
${
  traits.software
    ? `if (!live) {
  rowLoss[row] = 0.0;
  ${grad ? `for (var i = 0u; i < units; i++) { logits[base + i] = ${zero}; }` : ''}
  return;
}`
    : ''
}
var top = ${type}(-3.4028234e38);
for (var i = first; i < units; i += stride) { top = max(top, logits[base + i]); }
let most = ${threads.reduce('max', largest)};
var sum = ${zero};
for (var i = first; i < units; i += stride) { sum += exp(logits[base + i] - most); }
let chosen = logits[base + min(label, p.vocab - 1u) / ${width}u]${width === 4 ? '[label % 4u]' : ''};
let all = ${threads.reduce('sum', total)};
if (${threads.writes}) { rowLoss[row] = select(0.0, most - chosen + log(all), live); }
${grad ? `let scale = select(0.0, bitcast<f32>(scalars[${slots.lossScale}]), live);\n${write}\n${own}` : ''}`,
  });
};
