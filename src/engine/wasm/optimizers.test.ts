/** Operations on whole arenas: sums, norms, and the optimisers. */
import { describe, it } from 'vitest';
import { adafactor, adafactorTable } from '../ops/adafactor/adafactor';
import { adamw } from '../ops/adamw/adamw';
import { axpy, clipFactor, fill } from '../ops/vector/vector';
import { scalars } from '../program/scalars';
import { againstReference, type Bench } from './testing/compare';

const lengths = [1, 5, 64, 1003, 8192, 20_000];
const clip = (bench: Bench): ReturnType<Bench['view']> => bench.view('clip', Float32Array.from([3, 0.7]));

describe('operations on arenas', () => {
  const check = againstReference();

  it.each(lengths)('axpy and fill of %d', async (length) => {
    await check((bench) => {
      axpy(bench.p, bench.random('x', length), bench.random('y', length), length, 0.3, -1.5);
      axpy(bench.p, bench.random('u', length), bench.output('v', length), length, 2, 0);
      fill(bench.p, bench.output('zeros', length), length, 0);
      fill(bench.p, bench.output('ones', length), length, 1.25);
    });
  });

  it.each([0, 0.01, 1, 1e9])('clipping to a norm of %d', async (maxNorm) => {
    await check((bench) => {
      const gradients = lengths.map((length, i) => bench.random(`g${i}`, length));
      const s = bench.scalars({ floats: { [scalars.maxNorm]: maxNorm } });
      clipFactor(bench.p, gradients, s, bench.random('out', 64));
    });
  });

  it.each(lengths)('AdamW of %d', async (length) => {
    await check((bench) => {
      const floats = {
        [scalars.learningRate]: 1e-2,
        [scalars.biasCorrection1]: 0.271,
        [scalars.biasCorrection2]: 0.003,
      };
      const v = bench.view(
        'v',
        bench.floats(length).map((x) => x * x * 1e-3),
      );
      const [weights, gradients, m] = ['weights', 'gradients', 'm'].map((name) => bench.random(name, length));
      adamw(
        bench.p,
        {
          weights: weights!,
          gradients: gradients!,
          m: m!,
          v,
          scalars: bench.scalars({ floats }),
          clip: clip(bench),
        },
        { length, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
      );
    });
  });

  it.each([
    [[[7]]],
    [[[5, 3]]],
    [[[64], [20, 60], [1, 9], [33], [52, 17], [17, 52], [300, 16]]],
    [[[3], [130]]],
  ])('Adafactor of %j', async (shapes) => {
    await check((bench) => {
      let end = 0;
      const tensors = shapes.map((shape) => {
        const offset = end;
        end += Math.ceil(shape.reduce((a, b) => a * b, 1) / 64) * 64;
        return { offset, shape };
      });
      const table = adafactorTable(tensors);
      const floats = { [scalars.learningRate]: 1e-2, [scalars.decay]: 0.6 };
      adafactor(
        bench.p,
        {
          weights: bench.random('weights', end),
          gradients: bench.random('gradients', end),
          clip: clip(bench),
          table: bench.view('table', new Uint32Array(table.data)),
          state: bench.view(
            'state',
            bench.floats(table.state).map((x) => x * x),
          ),
          scalars: bench.scalars({ floats }),
        },
        table,
        { clipThreshold: 1, weightDecay: 0.05 },
      );
    });
  });
});
