import { at, floats as asFloats, type ReferenceKernel, type Typed } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';

const ignored = -100 >>> 0;

/** log Σ exp(x/τ) and the softmax. */
function softmax(x: Float32Array, temperature: number): { log: number; shares: number[] } {
  const largest = x.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = Array.from(x, (value) => Math.exp((value - largest) / temperature));
  const sum = powers.reduce((a, b) => a + b, 0);
  return { log: largest / temperature + Math.log(sum), shares: powers.map((power) => power / sum) };
}

/** The second loss of a row, and its gradient. */
type Match = (z: Float32Array, t: Float32Array) => { loss: number; gradient: (j: number) => number };

function overRows(
  [logits, given, labels, scalars, rowLoss]: readonly [Typed, Typed, Typed, Typed, Typed, ...unknown[]],
  rows: number,
  vocab: number,
  match: Match,
): void {
  const [scale, wc, wm] = [slots.lossScale, slots.crossEntropyWeight, slots.matchWeight].map((slot) =>
    at(asFloats(scalars), slot),
  ) as [number, number, number];
  for (let n = 0; n < rows; n++) {
    const label = at(labels, n);
    const row = logits.subarray(n * vocab, (n + 1) * vocab);
    rowLoss[n] = 0;
    if (label === ignored) {
      row.fill(0);
      continue;
    }
    const z = asFloats(row).slice();
    const { log, shares } = softmax(z, 1);
    const { loss, gradient } = match(z, asFloats(given.subarray(n * vocab, (n + 1) * vocab)));
    rowLoss[n] = wc * (log - at(z, label)) + wm * loss;
    shares.forEach((share, j) => {
      row[j] = scale * (wc * (share - (j === label ? 1 : 0)) + wm * gradient(j));
    });
  }
}

export const distillation: ReferenceKernel = (views, [rows, vocab], [temperature]) => {
  overRows(views, rows, vocab, (z, t) => {
    const [ours, teacher] = [softmax(z, temperature), softmax(t, temperature)];
    const loss = teacher.shares.reduce((sum, q, j) => {
      const logQ = at(t, j) / temperature - teacher.log;
      const logP = at(z, j) / temperature - ours.log;
      return q > 0 ? sum + q * (logQ - logP) : sum;
    }, 0);
    return {
      loss: temperature ** 2 * loss,
      gradient: (j) => temperature * (at(ours.shares, j) - at(teacher.shares, j)),
    };
  });
};

export const logitError: ReferenceKernel = (views, [rows, vocab]) => {
  overRows(views, rows, vocab, (z, t) => ({
    loss: z.reduce((sum, x, j) => sum + (x - at(t, j)) ** 2, 0) / vocab,
    gradient: (j) => (2 / vocab) * (at(z, j) - at(t, j)),
  }));
};
