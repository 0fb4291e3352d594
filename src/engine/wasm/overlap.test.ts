import { describe, it } from 'vitest';
import { overlap, overlapGrad, overlapTable } from '../ops/overlap/overlap';
import { againstReference } from './testing/compare';

describe('overlaps of matrices', () => {
  const check = againstReference();

  it('over pairs of many shapes, with room between them', async () => {
    await check((bench) => {
      const sizes = [[1, 1, 1], [3, 8, 20], [8, 2, 13], [4, 4, 64]] as const; // prettier-ignore
      let [a, o, da] = [3, 5, 1];
      const table = overlapTable(
        sizes.map(([rows, others, width]) => {
          const pair = { a, o, da, rows, others, width };
          [a, o, da] = [a + rows * width + 2, o + others * width + 7, da + rows * width + 1];
          return pair;
        }),
      );
      const view = bench.view('table', table.data);
      const others = bench.random('o', o);
      const products = bench.output('products', table.count);
      overlap(bench.p, { a: bench.random('a', a), o: others, table: view, products }, table);
      const factors = bench.view('factors', Float32Array.of(0.7));
      overlapGrad(bench.p, { products, o: others, table: view, factors, da: bench.random('da', da) }, table);
    });
  });
});
