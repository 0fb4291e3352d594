/** Operations that methods of continual learning are made of, on WebGPU. */
import { beforeAll, describe, expect, it } from 'vitest';
import { combine, rescale } from '../ops/combine/combine';
import { dot, dotPartials, dotSlice, projection } from '../ops/dot/dot';
import { addSquares, penaltyGrad } from '../ops/importance/importance';
import { distillation, logitError } from '../ops/logitMatch/logitMatch';
import { sampleLabels } from '../ops/sampleLabels/sampleLabels';
import { noise, openGpu, TestMemory, worstDifference } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

const ignored = 4294967196;

describe.each([true, false])('with software=%s', (software) => {
  const agree = (memory: TestMemory) => worstDifference(device, memory, software);

  it.each([1, 63, 4100])('sums, multiples, squares and penalties of %i numbers', async (length) => {
    for (const [a, b] of [
      [0.3, 0.7],
      [1, 0],
      [0, 1],
    ] as const) {
      const memory = new TestMemory();
      const factors = memory.floats('factors', Float32Array.of(a, b));
      const [x, y, z, f] = ['x', 'y', 'z', 'f'].map((name) => memory.noise(name, length));
      const [g, h] = ['g', 'h'].map((name) => memory.noise(name, length));
      combine(memory.p, { x: x!, y: y!, factors }, length);
      rescale(memory.p, { y: z!, factors }, length);
      addSquares(memory.p, { f: f!, g: x!, factors }, length);
      penaltyGrad(memory.p, { g: g!, x: x!, centre: z!, importance: f!, factors }, length);
      penaltyGrad(memory.p, { g: h!, x: x!, centre: z!, factors }, length);
      expect(await agree(memory)).toBeLessThan(1e-6);
    }
  });

  it('a sum with factor 0 does not look at what was there', async () => {
    const memory = new TestMemory();
    const factors = memory.floats('factors', Float32Array.of(1, 0));
    const x = memory.noise('x', 70);
    combine(memory.p, { x, y: memory.floats('y', new Float32Array(70).fill(NaN)), factors }, 70);
    expect(await agree(memory)).toBe(0);
  });

  it('takes out of one vector what goes against another', async () => {
    for (const sizes of [[5], [dotSlice, 2 * dotSlice + 76], [64, 40_000, 3]]) {
      const memory = new TestMemory();
      const [g, r] = ['g', 'r'].map((name) => sizes.map((n, i) => memory.noise(`${name}${i}`, n)));
      const count = dotPartials(sizes);
      const products = memory.noise('products', 2 * count);
      const factors = memory.noise('factors', 2);
      dot(memory.p, g!, r!, products);
      dot(memory.p, r!, r!, products, count);
      projection(memory.p, { products, factors }, count);
      expect(await agree(memory)).toBeLessThan(5e-6);
    }
  });

  it.each([
    [3, 17, 8],
    [5, 512, 8],
    [2, 1030, 3e3],
  ])('holds %i rows over %i words to others, logits up to %d', async (rows, vocab, spread) => {
    for (const temperature of [0, 1, 2.5])
      for (const [crossEntropyWeight, matchWeight] of [
        [1, 0.5],
        [0, 2],
      ] as const) {
        const memory = new TestMemory();
        const labels = Uint32Array.from({ length: rows }, (_, n) => (n === rows - 1 ? ignored : n % vocab));
        const views = {
          logits: memory.noise('logits', rows * vocab, spread),
          given: memory.noise('given', rows * vocab, spread),
          labels: memory.words('labels', labels),
          scalars: memory.scalars({ lossScale: 0.125, crossEntropyWeight, matchWeight }),
          rowLoss: memory.noise('rowLoss', rows),
        };
        if (temperature > 0) distillation(memory.p, views, { rows, vocab, temperature });
        else logitError(memory.p, views, { rows, vocab });
        expect(await agree(memory)).toBeLessThan(spread > 1000 ? 1e-3 : 1e-5);
      }
  });

  it('draws the labels that the reference draws', async () => {
    for (const sampleSeed of [0, 7, 4294967295]) {
      const memory = new TestMemory();
      const [rows, vocab] = [6, 500];
      const views = {
        logits: memory.floats(
          'logits',
          noise(rows * vocab, 5).map((x) => 3 * x),
        ),
        labels: memory.words('labels', Uint32Array.of(1, 2, ignored, 3, 4, 5)),
        scalars: memory.scalars({ sampleSeed }),
        drawn: memory.words('drawn', new Uint32Array(rows).fill(9)),
      };
      sampleLabels(memory.p, views, { rows, vocab });
      expect(await agree(memory)).toBe(0);
    }
  });
});
