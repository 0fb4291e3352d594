import { describe, it } from 'vitest';
import { attention, attentionGrad, type AttentionShape } from '../ops/attention/attention';
import { positionBias, positionBiasGrad } from '../ops/positionBias/positionBias';
import { againstReference, type Bench } from './testing/compare';

interface Sizes {
  B: number;
  H: number;
  T: number;
  S: number;
  dKv: number;
  keyRows?: number;
}

const sizes: Sizes[] = [
  { B: 1, H: 1, T: 1, S: 1, dKv: 1 },
  { B: 2, H: 3, T: 1, S: 9, dKv: 20, keyRows: 12 },
  { B: 3, H: 2, T: 3, S: 17, dKv: 8 },
  { B: 2, H: 3, T: 7, S: 7, dKv: 20 },
  { B: 1, H: 2, T: 31, S: 30, dKv: 5 },
  { B: 2, H: 4, T: 48, S: 48, dKv: 32 },
  { B: 1, H: 1, T: 50, S: 203, dKv: 64, keyRows: 210 },
];

/** q, k and v side by side in rows of one matrix when T is S, else q alone and k, v with two columns of room. */
function layout({ H, T, S, dKv, B, keyRows = S }: Sizes): Pick<
  AttentionShape,
  'rowQ' | 'offQ' | 'rowKv' | 'offK' | 'offV'
> & {
  lengthQ: number;
  lengthKv: number;
} {
  const width = H * dKv;
  const rowQ = T === S ? 3 * width : width + 3;
  const rowKv = T === S ? rowQ : 2 * width + 2;
  const offsets = T === S ? { offQ: 0, offK: width, offV: 2 * width } : { offQ: 3, offK: 1, offV: width + 2 };
  return { rowQ, rowKv, ...offsets, lengthQ: B * T * rowQ, lengthKv: B * keyRows * rowKv };
}

function maskOf(bench: Bench, { B, S }: Sizes, kind: string): Float32Array<ArrayBuffer> {
  const mask = new Float32Array(B * S).fill(1);
  if (kind === 'padded')
    mask.forEach((_, i) => (mask[i] = i % S < S - (Math.floor(i / S) % S) && bench.below(4) ? 1 : 0));
  if (kind === 'empty') mask.fill(0, 0, S);
  return mask;
}

describe('attention', () => {
  const check = againstReference();
  const cases = [
    { mask: 'full', causal: false, rate: 0, bias: true, spread: 1 },
    { mask: 'padded', causal: false, rate: 0.1, bias: true, spread: 1 },
    { mask: 'padded', causal: true, rate: 0.5, bias: false, spread: 4 },
    { mask: 'empty', causal: true, rate: 0, bias: true, spread: 8 },
  ];

  it.each(cases)('goes forward: $mask mask, causal $causal, dropout $rate', async (c) => {
    // Scores of some hundreds or thousands are only known to their last bit, and so the probabilities.
    const tolerance = 1e-6 * Math.max(10, c.spread ** 3);
    for (const size of sizes)
      await check(
        (bench) => {
          const { B, H, T, S, dKv } = size;
          const { lengthQ, lengthKv, ...rows } = layout(size);
          attention(
            bench.p,
            {
              q: bench.random('q', lengthQ, c.spread),
              kv: bench.random('kv', lengthKv, c.spread),
              ...(c.bias && { bias: bench.random('bias', H * T * S, 3) }),
              mask: bench.view('mask', maskOf(bench, size, c.mask)),
              scalars: bench.scalars(),
              probs: bench.output('probs', B * H * T * S),
              ctx: bench.output('ctx', B * T * H * dKv),
            },
            { ...size, ...rows, causal: c.causal, dropout: c.rate, site: 5 },
          );
        },
        { tolerance },
      );
  });

  it.each(cases)('goes backward: dropout $rate, bias $bias', async (c) => {
    for (const size of sizes)
      await check((bench) => {
        const { B, H, T, S, dKv } = size;
        const { lengthQ, lengthKv, ...rows } = layout(size);
        const probs = bench.floats(B * H * T * S).map(Math.abs);
        attentionGrad(
          bench.p,
          {
            dctx: bench.random('dctx', B * T * H * dKv),
            q: bench.random('q', lengthQ),
            kv: bench.random('kv', lengthKv),
            probs: bench.view('probs', probs),
            scalars: bench.scalars(),
            dScore: bench.output('dScore', B * H * T * S),
            dq: bench.random('dq', lengthQ),
            dkv: bench.random('dkv', lengthKv),
            ...(c.bias && { dBias: bench.random('dBias', H * T * S) }),
          },
          { ...size, ...rows, causal: c.causal, dropout: c.rate, site: 5, accumulateBias: c.rate > 0 },
        );
      });
  });

  it('survives scores beyond the range of exp', async () => {
    await check(
      (bench) => {
        const size = { B: 1, H: 1, T: 6, S: 6, dKv: 4 };
        const { lengthQ, lengthKv, ...rows } = layout(size);
        attention(
          bench.p,
          {
            q: bench.random('q', lengthQ, 1e4),
            kv: bench.random('kv', lengthKv, 1e4),
            mask: bench.view('mask', new Float32Array(6).fill(1)),
            scalars: bench.scalars(),
            probs: bench.output('probs', 36),
            ctx: bench.output('ctx', 24),
          },
          { ...size, ...rows, causal: false, dropout: 0, site: 0 },
        );
      },
      { tolerance: 1e-4 },
    );
  });
});

describe('position bias', () => {
  const check = againstReference();

  it.each([
    [1, 1, 1],
    [3, 37, 8],
    [6, 500, 32],
  ])('%d heads, %d places, %d buckets', async (H, TS, numBuckets) => {
    await check((bench) => {
      const buckets = bench.view(
        'buckets',
        Uint32Array.from({ length: TS }, () => bench.below(numBuckets)),
      );
      const table = bench.random('table', numBuckets * H);
      positionBias(bench.p, { table, buckets, bias: bench.output('bias', H * TS) }, H, TS);
      const dBias = bench.random('dBias', H * TS);
      const dTable = bench.random('dTable', numBuckets * H);
      positionBiasGrad(bench.p, { dBias, buckets, dTable }, { H, TS, numBuckets });
    });
  });
});
