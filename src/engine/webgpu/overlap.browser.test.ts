import { expect, it } from 'vitest';
import { overlap, overlapGrad, overlapTable } from '../ops/overlap/overlap';
import { openGpu, TestMemory, worstDifference } from './testSupport';

it('overlaps of matrices agree with the reference, pair by pair', async () => {
  const device = await openGpu();
  const memory = new TestMemory();
  let [a, o, da] = [3, 5, 1];
  const table = overlapTable(
    ([[1, 1, 1], [3, 8, 20], [8, 2, 13], [4, 4, 64]] as const).map(([rows, others, width]) => {
      const pair = { a, o, da, rows, others, width };
      [a, o, da] = [a + rows * width + 2, o + others * width + 7, da + rows * width + 1];
      return pair;
    }),
  ); // prettier-ignore
  const view = memory.words('table', table.data);
  const others = memory.noise('o', o);
  const products = memory.noise('products', table.count);
  overlap(memory.p, { a: memory.noise('a', a), o: others, table: view, products }, table);
  const factors = memory.floats('factors', Float32Array.of(0.7));
  overlapGrad(memory.p, { products, o: others, table: view, factors, da: memory.noise('da', da) }, table);
  expect(await worstDifference(device, memory, true)).toBeLessThan(2e-6);
});
