import { at, type ReferenceKernel } from '../../program/reference';
import { halvesOf } from '../../halves';
import { dropped } from '../dropout/reference';

export const embedding: ReferenceKernel = ([stored, ids, scalars, out], [rows, dim, site, half], [rate]) => {
  const table = half ? halvesOf(stored) : stored;
  for (let n = 0; n < rows; n++)
    for (let d = 0; d < dim; d++) {
      const i = n * dim + d;
      out[i] = dropped(scalars, site, i, rate, at(table, at(ids, n) * dim + d));
    }
};

export const embeddingGrad: ReferenceKernel = (
  [dOut, ids, order, scalars, dTable],
  [rows, dim, site],
  [rate],
) => {
  for (let k = 0; k < rows; k++) {
    const n = at(order, k);
    for (let d = 0; d < dim; d++) {
      const place = at(ids, n) * dim + d;
      dTable[place] = at(dTable, place) + dropped(scalars, site, n * dim + d, rate, at(dOut, n * dim + d));
    }
  }
};
