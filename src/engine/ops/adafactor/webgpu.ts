/** Adafactor on WebGPU: a row, a column or a tensor of the table a thread, or a workgroup. */
import { scalars as slots } from '../../program/scalars';
import type { Plan, Use } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';
import { tableWidth } from './adafactor';

const tiny = '1e-30';
const gradients: Use[] = [{ name: 'gradients' }, { name: 'clip' }, { name: 'table' }];

/** The tensor that unit number `unit` belongs to: the last whose first unit (field `first`) is not behind it. */
const find = (first: number): string => `fn tensorOf(unit: u32) -> u32 {
  var low = 0u;
  var high = p.tensors;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (table[middle * ${tableWidth}u + ${first}u] <= unit) { low = middle; } else { high = middle; }
  }
  return low;
}
`;

const entry = `let at = tensor * ${tableWidth}u;
let offset = table[at];
let rows = table[at + 1u];
let cols = table[at + 2u];
let factored = table[at + 3u] == 1u;
let rowAt = table[at + 4u];
let colAt = table[at + 5u];
`;

const ofRow = `let tensor = tensorOf(row);
${entry}let r = row - table[at + 6u];
`;

const mixed = (place: string, mean: string): string =>
  `let beta = scalars[${slots.decay}u];
state[${place}] = beta * state[${place}] + (1.0 - beta) * (${mean} + ${tiny});`;

export const adafactorRowsPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('rows'), ['sum']);
  return rowLaunch(threads, args.int('rows'), {
    variant: 'rows',
    uses: [...gradients, { name: 'scalars' }, { name: 'state' }],
    declarations: find(6),
    main: `${ofRow}var sum = 0.0;
for (var c = first; c < cols; c += stride) {
  let g = gradients[offset + r * cols + c] * clip[1];
  sum += g * g;
}
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { ${mixed('rowAt + r', 'all / f32(cols)')} }`,
  });
};

export const adafactorColumnsPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('columns'), ['sum']);
  return rowLaunch(threads, args.int('columns'), {
    variant: 'columns',
    uses: [...gradients, { name: 'scalars' }, { name: 'state' }],
    declarations: find(7),
    main: `let tensor = tensorOf(row);
${entry}let c = row - table[at + 7u];
var sum = 0.0;
for (var r = first; r < rows; r += stride) {
  let g = gradients[offset + r * cols + c] * clip[1];
  sum += g * g;
}
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { ${mixed('colAt + c', 'all / f32(rows)')} }`,
  });
};

export const adafactorMeansPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('tensors'), ['sum']);
  return rowLaunch(threads, args.int('tensors'), {
    variant: 'means',
    uses: [{ name: 'table' }, { name: 'state' }, { name: 'stats' }],
    main: `let tensor = row;
${entry}var sum = 0.0;
for (var r = first; r < rows; r += stride) { sum += state[rowAt + r]; }
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { stats[tensor] = select(1.0, all / f32(rows), factored); }`,
  });
};

/** The update of an element of row r, before it is clipped. */
const update = `fn updateOf(g: f32, rowMoment: f32, mean: f32, colAt: u32, c: u32, factored: bool) -> f32 {
  if (!factored) { return g * inverseSqrt(rowMoment); }
  return g * inverseSqrt(rowMoment / mean) * inverseSqrt(state[colAt + c]);
}
`;

const eachUpdate = (body: string): string => `let rowMoment = state[rowAt + r];
let mean = stats[tensor];
for (var c = first; c < cols; c += stride) {
  let i = offset + r * cols + c;
  let u = updateOf(gradients[i] * clip[1], rowMoment, mean, colAt, c, factored);
  ${body}
}`;

export const adafactorSquaresPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('rows'), ['sum']);
  return rowLaunch(threads, args.int('rows'), {
    variant: 'squares',
    uses: [...gradients, { name: 'state' }, { name: 'stats' }, { name: 'partials' }],
    declarations: find(6) + update,
    main: `${ofRow}var sum = 0.0;
${eachUpdate('sum += u * u;')}
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { partials[row] = all; }`,
  });
};

export const adafactorNormsPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('tensors'), ['sum']);
  return rowLaunch(threads, args.int('tensors'), {
    variant: 'norms',
    uses: [{ name: 'table' }, { name: 'partials' }, { name: 'scalars' }, { name: 'stats' }],
    main: `let tensor = row;
${entry}let firstRow = table[at + 6u];
var sum = 0.0;
for (var r = first; r < rows; r += stride) { sum += partials[firstRow + r]; }
let all = ${threads.reduce('sum', 'sum')};
let rms = sqrt(all / f32(rows * cols));
if (${threads.writes}) {
  stats[p.tensors + tensor] = scalars[${slots.learningRate}u] / max(1.0, rms / p.clipThreshold);
}`,
  });
};

export const adafactorApplyPlan: Plan = (args, traits) => {
  const threads = rowThreads(traits, args.int('rows'), []);
  return rowLaunch(threads, args.int('rows'), {
    variant: 'apply',
    uses: [...gradients, { name: 'state' }, { name: 'stats' }, { name: 'scalars' }, { name: 'weights' }],
    declarations: find(6) + update,
    main: `${ofRow}let rate = stats[p.tensors + tensor];
let kept = 1.0 - scalars[${slots.learningRate}u] * p.weightDecay;
${eachUpdate('weights[i] = weights[i] * kept - rate * u;')}`,
  });
};
