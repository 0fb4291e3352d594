import { at, type ReferenceKernel } from '../../program/reference';

export const positionBias: ReferenceKernel = ([table, buckets, bias], [H, TS]) => {
  for (let h = 0; h < H; h++)
    for (let i = 0; i < TS; i++) bias[h * TS + i] = at(table, at(buckets, i) * H + h);
};

export const positionBiasGrad: ReferenceKernel = ([dBias, buckets, dTable], [H, TS, numBuckets]) => {
  const sums = new Float64Array(numBuckets * H);
  for (let h = 0; h < H; h++)
    for (let i = 0; i < TS; i++) {
      const place = at(buckets, i) * H + h;
      sums[place] = at(sums, place) + at(dBias, h * TS + i);
    }
  sums.forEach((sum, i) => (dTable[i] = at(dTable, i) + sum));
};
