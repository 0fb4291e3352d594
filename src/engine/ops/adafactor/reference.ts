import { at, type ReferenceKernel, type Typed } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';
import { tableWidth } from './adafactor';

const tiny = 1e-30;

interface Entry {
  index: number;
  offset: number;
  rows: number;
  cols: number;
  factored: boolean;
  rowAt: number;
  colAt: number;
  firstRow: number;
}

function entries(table: Typed, tensors: number): Entry[] {
  return Array.from({ length: tensors }, (_, index) => {
    const field = (j: number): number => at(table, index * tableWidth + j);
    return {
      index,
      offset: field(0),
      rows: field(1),
      cols: field(2),
      factored: field(3) === 1,
      rowAt: field(4),
      colAt: field(5),
      firstRow: field(6),
    };
  });
}

const mix = (state: Typed, place: number, beta: number, mean: number): void => {
  state[place] = beta * at(state, place) + (1 - beta) * (mean + tiny);
};

export const adafactorRows: ReferenceKernel = ([gradients, clip, table, scalars, state], [tensors]) => {
  for (const e of entries(table, tensors))
    for (let r = 0; r < e.rows; r++) {
      let sum = 0;
      for (let c = 0; c < e.cols; c++) sum += (at(gradients, e.offset + r * e.cols + c) * at(clip, 1)) ** 2;
      mix(state, e.rowAt + r, at(scalars, slots.decay), sum / e.cols);
    }
};

export const adafactorColumns: ReferenceKernel = ([gradients, clip, table, scalars, state], [tensors]) => {
  for (const e of entries(table, tensors).filter((x) => x.factored))
    for (let c = 0; c < e.cols; c++) {
      let sum = 0;
      for (let r = 0; r < e.rows; r++) sum += (at(gradients, e.offset + r * e.cols + c) * at(clip, 1)) ** 2;
      mix(state, e.colAt + c, at(scalars, slots.decay), sum / e.rows);
    }
};

export const adafactorMeans: ReferenceKernel = ([table, state, stats], [tensors]) => {
  for (const e of entries(table, tensors)) {
    let sum = 0;
    for (let r = 0; r < e.rows; r++) sum += at(state, e.rowAt + r);
    stats[e.index] = e.factored ? sum / e.rows : 1;
  }
};

function updateOf(
  e: Entry,
  r: number,
  c: number,
  gradients: Typed,
  clip: Typed,
  state: Typed,
  stats: Typed,
): number {
  const g = at(gradients, e.offset + r * e.cols + c) * at(clip, 1);
  const row = at(state, e.rowAt + r);
  if (!e.factored) return g / Math.sqrt(row);
  return (g / Math.sqrt(row / at(stats, e.index))) * (1 / Math.sqrt(at(state, e.colAt + c)));
}

export const adafactorSquares: ReferenceKernel = (
  [gradients, clip, table, state, stats, partials],
  [tensors],
) => {
  for (const e of entries(table, tensors))
    for (let r = 0; r < e.rows; r++) {
      let sum = 0;
      for (let c = 0; c < e.cols; c++) sum += updateOf(e, r, c, gradients, clip, state, stats) ** 2;
      partials[e.firstRow + r] = sum;
    }
};

export const adafactorNorms: ReferenceKernel = (
  [table, partials, scalars, stats],
  [tensors],
  [clipThreshold],
) => {
  for (const e of entries(table, tensors)) {
    let sum = 0;
    for (let r = 0; r < e.rows; r++) sum += at(partials, e.firstRow + r);
    const rms = Math.sqrt(sum / (e.rows * e.cols));
    stats[tensors + e.index] = at(scalars, slots.learningRate) / Math.max(1, rms / clipThreshold);
  }
};

export const adafactorApply: ReferenceKernel = (views, [tensors], [weightDecay]) => {
  const [gradients, clip, table, state, stats, scalars, weights] = views;
  const rate = at(scalars, slots.learningRate);
  for (const e of entries(table, tensors))
    for (let r = 0; r < e.rows; r++)
      for (let c = 0; c < e.cols; c++) {
        const i = e.offset + r * e.cols + c;
        const u = updateOf(e, r, c, gradients, clip, state, stats);
        weights[i] = at(weights, i) * (1 - rate * weightDecay) - at(stats, tensors + e.index) * u;
      }
};
