/** Operations that methods of continual learning are made of: sums of parameter sets, penalties, matched logits. */
import { describe, expect, it } from 'vitest';
import { combine, rescale } from '../ops/combine/combine';
import { dot, dotPartials, dotSlice, projection } from '../ops/dot/dot';
import { addSquares, penaltyGrad } from '../ops/importance/importance';
import { distillation, logitError } from '../ops/logitMatch/logitMatch';
import { sampleLabels } from '../ops/sampleLabels/sampleLabels';
import { ProgramBuilder, whole, type View } from '../program/program';
import { ReferenceExecutor } from '../program/referenceExecutor';
import { scalars } from '../program/scalars';
import { againstReference, type Bench } from './testing/compare';

const lengths = [1, 6, 64, 8191, 20_003];
const ignored = 4294967196;
const factors = (bench: Bench, ...values: number[]): View => bench.view('factors', Float32Array.from(values));

describe('operations on parameter sets', () => {
  const check = againstReference();

  it.each(lengths)('sums and multiples of %d numbers', async (length) => {
    for (const [a, b] of [
      [0.3, 0.7],
      [1, 0],
      [0, 1],
      [-2, 1],
    ] as const)
      await check((bench) => {
        const y = b === 0 ? bench.output('y', length) : bench.random('y', length);
        combine(bench.p, { x: bench.random('x', length), y, factors: factors(bench, a, b) }, length);
        rescale(bench.p, { y: bench.random('z', length), factors: factors(bench, a) }, length);
      });
  });

  it.each(lengths)('squares and penalties of %d numbers', async (length) => {
    await check((bench) => {
      const f = bench.random('f', length);
      addSquares(bench.p, { f, g: bench.random('g', length), factors: factors(bench, 0.25, 0.9) }, length);
      const pulled = { x: bench.random('x', length), centre: bench.random('centre', length) };
      const strength = factors(bench, 12);
      const [g, h] = [bench.random('pulled', length), bench.random('alike', length)];
      penaltyGrad(bench.p, { g, ...pulled, importance: f, factors: strength }, length);
      penaltyGrad(bench.p, { g: h, ...pulled, factors: strength }, length);
    });
  });

  it.each([
    [3, [5]],
    [4, [dotSlice, 2 * dotSlice + 77]],
    [5, [64, 40_000, 3]],
  ])('products and projections, seed %d', async (seed, sizes) => {
    await check(
      (bench) => {
        const [g, r] = ['g', 'r'].map((name) => sizes.map((n, i) => bench.random(`${name}${i}`, n))) as [
          View[],
          View[],
        ];
        const count = dotPartials(sizes);
        const products = bench.output('products', 2 * count);
        dot(bench.p, g, r, products);
        dot(bench.p, r, r, products, count);
        projection(bench.p, { products, factors: bench.output('factors', 2) }, count);
      },
      { seed },
    );
  });
});

describe('logits held to others', () => {
  const check = againstReference();

  it.each([
    [1, 1, 1],
    [3, 5, 3],
    [4, 37, 40],
    [9, 8192, 12],
    [2, 500, 1e4],
  ])('%d rows over %d words, logits up to %d', async (rows, vocab, spread) => {
    for (const temperature of [0, 1, 2.5])
      for (const [crossEntropy, match] of [
        [1, 0.5],
        [0, 2],
      ] as const)
        await check(
          (bench) => {
            const labels = Uint32Array.from({ length: rows }, (_, i) =>
              i % 3 === 2 ? ignored : bench.below(vocab),
            );
            const floats = {
              [scalars.lossScale]: 0.125,
              [scalars.crossEntropyWeight]: crossEntropy,
              [scalars.matchWeight]: match,
            };
            const views = {
              logits: bench.random('logits', rows * vocab, spread),
              given: bench.random('given', rows * vocab, spread),
              labels: bench.view('labels', labels),
              scalars: bench.scalars({ floats }),
              rowLoss: bench.output('rowLoss', rows),
            };
            if (temperature > 0) distillation(bench.p, views, { rows, vocab, temperature });
            else logitError(bench.p, views, { rows, vocab });
          },
          // Exponentials of numbers of thousands are known to their last bits only.
          { tolerance: spread > 1000 ? 1e-4 : 1e-5 },
        );
  });

  it('draws the labels that the reference draws, and none where there is none', async () => {
    for (const [rows, vocab] of [
      [1, 1],
      [5, 33],
      [7, 1000],
    ] as const)
      for (const seed of [0, 1, 4294967295])
        await check((bench) => {
          const labels = Uint32Array.from({ length: rows }, (_, i) => (i % 4 === 3 ? ignored : 0));
          const drawn = bench.view('drawn', new Uint32Array(rows).fill(9));
          const s = bench.scalars();
          (bench.contents.get(s.buffer) as Uint32Array)[s.offset + scalars.sampleSeed] = seed;
          const logits = bench.random('logits', rows * vocab, 3);
          const views = { logits, labels: bench.view('labels', labels), scalars: s, drawn };
          sampleLabels(bench.p, views, { rows, vocab });
        });
  });
});

describe('drawn labels', () => {
  it('come as often as the softmax says', async () => {
    const executor = new ReferenceExecutor();
    const [rows, vocab] = [6000, 4];
    const shares = [0.5, 0.3, 0.15, 0.05];
    const p = new ProgramBuilder('draw');
    const arena = (name: string, length: number, dtype: 'f32' | 'u32') =>
      whole({ name, kind: 'arena', dtype, length });
    const views = {
      logits: arena('logits', rows * vocab, 'f32'),
      labels: arena('labels', rows, 'u32'),
      scalars: arena('scalars', scalars.length, 'u32'),
      drawn: arena('drawn', rows, 'u32'),
    };
    for (const { buffer } of Object.values(views)) executor.allocate(buffer);
    executor.write(
      views.logits,
      Float32Array.from({ length: rows * vocab }, (_, i) => Math.log(shares[i % vocab]!)),
    );
    sampleLabels(p, views, { rows, vocab });
    executor.run(await executor.load(p.build()));
    const drawn = await executor.readUint32(views.drawn);
    shares.forEach((share, label) => {
      const found = drawn.filter((x) => x === label).length / rows;
      // Four standard deviations.
      expect(Math.abs(found - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / rows));
    });
  });
});
