import { at, floats, type ReferenceKernel } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';

const ignored = -100 >>> 0;

export const crossEntropy: ReferenceKernel = ([logits, labels, scalars, rowLoss], [rows, vocab, grad]) => {
  const scale = at(floats(scalars), slots.lossScale);
  for (let n = 0; n < rows; n++) {
    const label = at(labels, n);
    const row = logits.subarray(n * vocab, (n + 1) * vocab);
    if (label === ignored) {
      rowLoss[n] = 0;
      if (grad) row.fill(0);
      continue;
    }
    let largest = -Infinity;
    for (const x of row) largest = Math.max(largest, x);
    let sum = 0;
    for (const x of row) sum += Math.exp(x - largest);
    rowLoss[n] = largest + Math.log(sum) - at(row, label);
    if (grad) row.forEach((x, j) => (row[j] = (Math.exp(x - largest) / sum - (j === label ? 1 : 0)) * scale));
  }
};
