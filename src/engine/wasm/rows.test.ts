/** Operations on rows: norms, activations, embeddings, dropout, cross-entropy, argmax. */
import { describe, it } from 'vitest';
import { activation, activationGrad } from '../ops/activation/activation';
import { argmax } from '../ops/argmax/argmax';
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { dropout } from '../ops/dropout/dropout';
import { embedding, embeddingGrad } from '../ops/embedding/embedding';
import { rmsNorm, rmsNormGrad } from '../ops/rmsNorm/rmsNorm';
import { scalars } from '../program/scalars';
import { againstReference } from './testing/compare';

const shapes: [rows: number, dim: number][] = [[1, 1], [3, 7], [5, 20], [2, 64], [130, 33], [70, 260]]; // prettier-ignore
const rates = [0, 0.1, 0.6];
const ignored = 4294967196;

describe('operations on rows', () => {
  const check = againstReference();

  it.each(shapes)('RMS norm of %d rows of %d', async (rows, dim) => {
    await check((bench) => {
      const out = { y: bench.output('y', rows * dim), rstd: bench.output('rstd', rows) };
      const x = bench.random('x', rows * dim, 3);
      rmsNorm(bench.p, { x, w: bench.random('w', dim), ...out }, { rows, dim, epsilon: 1e-6 });
    });
    for (const accumulate of [false, true])
      await check((bench) => {
        const x = bench.random('x', rows * dim, 3);
        const rstd = bench.view('rstd', bench.floats(rows).map(Math.abs));
        const dy = bench.random('dy', rows * dim);
        const [dx, dw] = [bench.random('dx', rows * dim), bench.random('dw', dim)];
        rmsNormGrad(bench.p, { dy, x, w: bench.random('w', dim), rstd, dx, dw }, { rows, dim, accumulate });
      });
  });

  it('RMS norm of a row of zeros', async () => {
    await check((bench) => {
      const views = { w: bench.random('w', 5), y: bench.output('y', 10), rstd: bench.output('rstd', 2) };
      rmsNorm(
        bench.p,
        { x: bench.view('x', new Float32Array(10)), ...views },
        { rows: 2, dim: 5, epsilon: 1e-6 },
      );
    });
  });

  it.each(shapes)('activation of %d rows of %d', async (rows, dim) => {
    for (const gated of [false, true])
      for (const rate of rates)
        await check((bench) => {
          const shape = { rows, dim, gated, dropout: rate, site: 3 };
          const h = bench.random('h', rows * dim * (gated ? 2 : 1), 4);
          const s = bench.scalars();
          activation(bench.p, { h, scalars: s, out: bench.output('out', rows * dim) }, shape);
          const dh = bench.output('dh', rows * dim * (gated ? 2 : 1));
          activationGrad(bench.p, { dOut: bench.random('dOut', rows * dim), h, scalars: s, dh }, shape);
        });
  });

  it('gelu far from zero', async () => {
    const far = [-1e30, -1000, -100, -30, -10, -6, 6, 10, 30, 100, 1000, 1e10];
    await check((bench) => {
      const dim = far.length;
      const shape = { rows: 1, dim, gated: true, dropout: 0, site: 0 };
      const h = bench.view('h', Float32Array.from([...far, ...far.map(() => 1)]));
      activation(bench.p, { h, scalars: bench.scalars(), out: bench.output('out', dim) }, shape);
      const dOut = bench.view('dOut', new Float32Array(dim).fill(1e-12));
      activationGrad(bench.p, { dOut, h, scalars: bench.scalars(), dh: bench.output('dh', 2 * dim) }, shape);
    });
  });

  it.each(shapes)('embedding of %d rows of %d and its gradient', async (rows, dim) => {
    for (const rate of rates)
      for (const vocab of [1, 3, 50])
        await check((bench) => {
          const list = Uint32Array.from({ length: rows }, () => bench.below(vocab));
          const sorted = [...list.keys()].sort((a, b) => list[a]! - list[b]!);
          const ids = bench.view('ids', list);
          const order = bench.view('order', Uint32Array.from(sorted));
          const shape = { rows, dim, dropout: rate, site: 8 };
          const s = bench.scalars({ seed: 4294967295 });
          const out = bench.output('out', rows * dim);
          embedding(bench.p, { table: bench.random('table', vocab * dim), ids, scalars: s, out }, shape);
          const ofHalves = {
            table: bench.halves('halves', vocab * dim),
            out: bench.output('other', rows * dim),
          };
          embedding(bench.p, { ...ofHalves, ids, scalars: s }, shape);
          const dOut = bench.random('dOut', rows * dim);
          embeddingGrad(
            bench.p,
            { dOut, ids, order, scalars: s, dTable: bench.random('dTable', vocab * dim) },
            shape,
          );
        });
  });

  it('dropout', async () => {
    for (const rate of [...rates, 0.999])
      for (const length of [1, 6, 63, 20_001])
        await check((bench) => {
          const x = bench.random('x', length);
          dropout(
            bench.p,
            { x, scalars: bench.scalars({ seed: 77 }), y: bench.output('y', length) },
            { length, site: 123, rate },
          );
        });
  });

  it.each([
    [1, 1, 1],
    [3, 5, 3],
    [4, 37, 40],
    [9, 8192, 12],
    [2, 500, 1e4],
  ])('cross-entropy of %d rows over %d words, logits up to %d', async (rows, vocab, spread) => {
    for (const grad of [false, true])
      await check((bench) => {
        const labels = Uint32Array.from({ length: rows }, (_, i) =>
          i % 3 === 2 ? ignored : bench.below(vocab),
        );
        crossEntropy(
          bench.p,
          {
            logits: bench.random('logits', rows * vocab, spread),
            labels: bench.view('labels', labels),
            scalars: bench.scalars({ floats: { [scalars.lossScale]: 0.125 } }),
            rowLoss: bench.output('rowLoss', rows),
          },
          { rows, vocab, grad },
        );
      });
  });

  it.each(shapes)('argmax of %d rows of %d', async (rows, dim) => {
    await check((bench) => {
      // Few distinct values, so that the first of several largest is asked for.
      const x = bench.floats(rows * dim).map((value) => Math.round(2 * value));
      const out = bench.view('out', new Uint32Array(rows * 3));
      argmax(bench.p, bench.view('x', x), out, { rows, dim, stride: 3, first: 1 });
    });
  });
});
