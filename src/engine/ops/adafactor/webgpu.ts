/** Adafactor's six instructions on WebGPU. */
import type { Arguments, Launch, Plan, Traits, Use } from '../../webgpu/kernel';
import { rowLaunch, rowThreads } from '../../webgpu/rows';
import { scalars as slots } from '../../program/scalars';
import { tableWidth } from './adafactor';

/** Columns of the table. */
const field = {
  offset: 0,
  rows: 1,
  cols: 2,
  factored: 3,
  rowAt: 4,
  colAt: 5,
  firstRow: 6,
  firstCol: 7,
} as const;

/**
 * `tensorOf(i, first)`: the tensor that row (or column) i of all belongs to, by binary search over where each one's
 * begin. Vectors have no columns, so of tensors that begin at the same one the last is meant.
 */
const tableWgsl = `
fn entry(tensor: u32, field: u32) -> u32 { return table[tensor * ${tableWidth}u + field]; }
fn tensorOf(i: u32, first: u32) -> u32 {
  var low = 0u;
  var high = p.tensors;
  while (low + 1u < high) {
    let middle = (low + high) / 2u;
    if (entry(middle, first) <= i) { low = middle; } else { high = middle; }
  }
  return low;
}
fn square(x: f32) -> f32 { return x * x; }
`;

/** u[r, c], from what the thread has found out of row r. */
const updateWgsl = `
fn update(g: f32, rowFactor: f32, factored: bool, colAt: u32, c: u32) -> f32 {
  let u = g * rowFactor;
  if (!factored) { return u; }
  return u * (1.0 / sqrt(state[colAt + c]));
}
`;

const locateRow = `let tensor = tensorOf(row, ${field.firstRow}u);
let r = row - entry(tensor, ${field.firstRow}u);
let cols = entry(tensor, ${field.cols}u);
let begin = entry(tensor, ${field.offset}u) + r * cols;`;

const locateUpdate = `${locateRow}
let factored = entry(tensor, ${field.factored}u) == 1u;
let colAt = entry(tensor, ${field.colAt}u);
let moment = state[entry(tensor, ${field.rowAt}u) + r];
let rowFactor = 1.0 / sqrt(select(moment, moment / stats[tensor], factored));`;

const gradients: Use[] = [{ name: 'gradients' }, { name: 'clip' }, { name: 'table' }];

/** `sum` is made by the loop's body; `finish` uses it as `all`. */
function summing(
  args: Arguments,
  traits: Traits,
  rows: number,
  uses: Use[],
  parts: { declarations?: string; locate: string; count: string; add: string; finish: string },
): Launch {
  const threads = rowThreads(traits, rows, ['sum']);
  return rowLaunch(threads, rows, {
    variant: args.instruction.op.name,
    uses,
    declarations: tableWgsl + (parts.declarations ?? ''),
    main: `${parts.locate}
var sum = 0.0;
for (var i = first; i < ${parts.count}; i += stride) { sum += ${parts.add}; }
let all = ${threads.reduce('sum', 'sum')};
if (${threads.writes}) { ${parts.finish} }`,
  });
}

const mixed = (count: string): string => `let decay = scalars[${slots.decay}];
state[at] = decay * state[at] + (1.0 - decay) * (all / f32(${count}) + 1e-30);`;

export const adafactorRowsPlan: Plan = (args, traits) =>
  summing(args, traits, args.int('rows'), [...gradients, { name: 'scalars' }, { name: 'state' }], {
    locate: locateRow,
    count: 'cols',
    add: 'square(gradients[begin + i] * clip[1])',
    finish: `let at = entry(tensor, ${field.rowAt}u) + r;
${mixed('cols')}`,
  });

export const adafactorColumnsPlan: Plan = (args, traits) =>
  summing(args, traits, args.int('columns'), [...gradients, { name: 'scalars' }, { name: 'state' }], {
    locate: `let tensor = tensorOf(row, ${field.firstCol}u);
let c = row - entry(tensor, ${field.firstCol}u);
let rows = entry(tensor, ${field.rows}u);
let cols = entry(tensor, ${field.cols}u);
let begin = entry(tensor, ${field.offset}u) + c;`,
    count: 'rows',
    add: 'square(gradients[begin + i * cols] * clip[1])',
    finish: `let at = entry(tensor, ${field.colAt}u) + c;
${mixed('rows')}`,
  });

export const adafactorMeansPlan: Plan = (args, traits) =>
  summing(args, traits, args.int('tensors'), [{ name: 'table' }, { name: 'state' }, { name: 'stats' }], {
    locate: `let rows = entry(row, ${field.rows}u);
let begin = entry(row, ${field.rowAt}u);`,
    count: 'rows',
    add: 'state[begin + i]',
    finish: `stats[row] = select(1.0, all / f32(rows), entry(row, ${field.factored}u) == 1u);`,
  });

export const adafactorSquaresPlan: Plan = (args, traits) =>
  summing(
    args,
    traits,
    args.int('rows'),
    [...gradients, { name: 'state' }, { name: 'stats' }, { name: 'partials' }],
    {
      declarations: updateWgsl,
      locate: locateUpdate,
      count: 'cols',
      add: 'square(update(gradients[begin + i] * clip[1], rowFactor, factored, colAt, i))',
      finish: 'partials[row] = all;',
    },
  );

export const adafactorNormsPlan: Plan = (args, traits) =>
  summing(
    args,
    traits,
    args.int('tensors'),
    [{ name: 'table' }, { name: 'partials' }, { name: 'scalars' }, { name: 'stats' }],
    {
      locate: `let rows = entry(row, ${field.rows}u);
let begin = entry(row, ${field.firstRow}u);`,
      count: 'rows',
      add: 'partials[begin + i]',
      finish: `let rms = sqrt(all / f32(rows * entry(row, ${field.cols}u)));
stats[p.tensors + row] = scalars[${slots.learningRate}] / max(1.0, rms / p.clipThreshold);`,
    },
  );

export const adafactorApplyPlan: Plan = (args, traits) => {
  const rows = args.int('rows');
  const threads = rowThreads(traits, rows, []);
  return rowLaunch(threads, rows, {
    variant: 'apply',
    uses: [...gradients, { name: 'state' }, { name: 'stats' }, { name: 'scalars' }, { name: 'weights' }],
    declarations: tableWgsl + updateWgsl,
    main: `${locateUpdate}
let keep = 1.0 - scalars[${slots.learningRate}] * p.weightDecay;
let rate = stats[p.tensors + tensor];
for (var i = first; i < cols; i += stride) {
  let u = update(gradients[begin + i] * clip[1], rowFactor, factored, colAt, i);
  weights[begin + i] = weights[begin + i] * keep - rate * u;
}`,
  });
};
