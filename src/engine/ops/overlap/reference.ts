import { at, type ReferenceKernel, type Typed } from '../../program/reference';
import { overlapTableWidth } from './overlap';

function pairOf(table: Typed, pair: number) {
  const field = (i: number): number => at(table, pair * overlapTableWidth + i);
  const [a, o, da, rows] = [field(0), field(1), field(2), field(3)];
  return { a, o, da, rows, others: field(4), width: field(5), first: field(6) };
}

export const overlap: ReferenceKernel = ([a, o, table, products], [pairs]) => {
  for (let n = 0; n < pairs; n++) {
    const pair = pairOf(table, n);
    for (let i = 0; i < pair.rows; i++)
      for (let j = 0; j < pair.others; j++) {
        let sum = 0;
        for (let c = 0; c < pair.width; c++)
          sum += at(a, pair.a + i * pair.width + c) * at(o, pair.o + j * pair.width + c);
        products[pair.first + i * pair.others + j] = sum;
      }
  }
};

export const overlapGrad: ReferenceKernel = ([products, o, table, factors, da], [pairs]) => {
  for (let n = 0; n < pairs; n++) {
    const pair = pairOf(table, n);
    for (let i = 0; i < pair.rows; i++)
      for (let c = 0; c < pair.width; c++) {
        let sum = 0;
        for (let j = 0; j < pair.others; j++)
          sum +=
            Math.sign(at(products, pair.first + i * pair.others + j)) * at(o, pair.o + j * pair.width + c);
        const place = pair.da + i * pair.width + c;
        da[place] = at(da, place) + at(factors, 0) * sum;
      }
  }
};
