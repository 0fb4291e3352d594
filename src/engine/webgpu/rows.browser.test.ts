import { beforeAll, describe, expect, it } from 'vitest';
import { argmax } from '../ops/argmax/argmax';
import { crossEntropy } from '../ops/crossEntropy/crossEntropy';
import { positionBias, positionBiasGrad } from '../ops/positionBias/positionBias';
import { rmsNorm, rmsNormGrad } from '../ops/rmsNorm/rmsNorm';
import { clipFactor, sumSquaresSlice } from '../ops/vector/vector';
import { noise, openGpu, TestMemory, worstDifference } from './testSupport';

let device: GPUDevice;
beforeAll(async () => {
  device = await openGpu();
});

const ignored = -100 >>> 0;
const sizes = [
  [1, 1],
  [3, 20],
  [37, 7],
  [70, 128],
  [9, 515],
] as const;

describe.each([true, false])('reductions with software=%s', (software) => {
  const agree = (memory: TestMemory) => worstDifference(device, memory, software);

  it.each(sizes)('rmsNorm of %i rows of %i', async (rows, dim) => {
    const memory = new TestMemory();
    const x = memory.noise('x', rows * dim, 2);
    const w = memory.noise('w', dim);
    const v = { x, w, y: memory.noise('y', rows * dim), rstd: memory.noise('rstd', rows) };
    rmsNorm(memory.p, v, { rows, dim, epsilon: 1e-6 });
    expect(await agree(memory)).toBeLessThan(2e-6);
  });

  it('rmsNorm of a row of zeros and of one of huge numbers', async () => {
    const memory = new TestMemory();
    const x = memory.floats(
      'x',
      Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 0 : 1e15)),
    );
    const v = { x, w: memory.noise('w', 8), y: memory.noise('y', 16), rstd: memory.noise('rstd', 2) };
    rmsNorm(memory.p, v, { rows: 2, dim: 8, epsilon: 1e-6 });
    expect(await agree(memory)).toBeLessThan(2e-6);
  });

  it.each(sizes)('gradients of rmsNorm of %i rows of %i', async (rows, dim) => {
    for (const accumulate of [false, true]) {
      const memory = new TestMemory();
      const v = {
        dy: memory.noise('dy', rows * dim),
        x: memory.noise('x', rows * dim),
        w: memory.noise('w', dim),
        rstd: memory.floats('rstd', new Float32Array(rows).fill(1.3)),
        dx: memory.noise('dx', rows * dim),
        dw: memory.noise('dw', dim),
      };
      rmsNormGrad(memory.p, v, { rows, dim, accumulate });
      expect(await agree(memory)).toBeLessThan(5e-6);
    }
  });

  it.each([
    [3, 17, true],
    [5, 512, true],
    [2, 1030, false],
    [1, 3, true],
  ])('crossEntropy of %i rows of %i, gradient %s', async (rows, vocab, grad) => {
    const memory = new TestMemory();
    const data = noise(rows * vocab, 3).map((x) => x * 8);
    // One logit far above the rest: nothing may overflow.
    data[1] = 3e4;
    const labels = Uint32Array.from({ length: rows }, (_, n) =>
      n === rows - 1 && rows > 1 ? ignored : n % vocab,
    );
    crossEntropy(
      memory.p,
      {
        logits: memory.floats('logits', data),
        labels: memory.words('labels', labels),
        scalars: memory.scalars({ lossScale: 0.1 }),
        rowLoss: memory.noise('rowLoss', rows),
      },
      { rows, vocab, grad },
    );
    expect(await agree(memory)).toBeLessThan(5e-6);
  });

  it('the gradient of crossEntropy is precise where the logits are ordinary, and zero without labels', async () => {
    for (const labels of [
      [0, 5, 63, 7],
      [ignored, ignored, ignored, ignored],
    ]) {
      const memory = new TestMemory();
      crossEntropy(
        memory.p,
        {
          logits: memory.noise('logits', 4 * 64, 4),
          labels: memory.words('labels', Uint32Array.from(labels)),
          scalars: memory.scalars(),
          rowLoss: memory.noise('rowLoss', 4),
        },
        { rows: 4, vocab: 64, grad: true },
      );
      expect(await agree(memory)).toBeLessThan(3e-6);
    }
  });

  it.each([
    [1, 1],
    [9, 130],
    [4, 1025],
  ])('argmax of %i rows of %i takes the first of equals', async (rows, dim) => {
    const memory = new TestMemory();
    const x = noise(rows * dim, 9).map((v) => Math.round(v * 4));
    argmax(memory.p, memory.floats('x', x), memory.words('out', new Uint32Array(rows * 3 + 2).fill(9)), {
      rows,
      dim,
      stride: 3,
      first: 2,
    });
    expect(await agree(memory)).toBe(0);
  });

  it('positionBias and its gradient', async () => {
    for (const [H, TS, numBuckets] of [
      [4, 48, 32],
      [3, 35, 5],
    ] as const) {
      const memory = new TestMemory();
      const buckets = memory.words(
        'buckets',
        Uint32Array.from({ length: TS }, (_, i) => (i * i) % numBuckets),
      );
      const table = memory.noise('table', numBuckets * H);
      positionBias(memory.p, { table, buckets, bias: memory.noise('bias', H * TS) }, H, TS);
      positionBiasGrad(
        memory.p,
        { dBias: memory.noise('dBias', H * TS), buckets, dTable: memory.noise('dTable', numBuckets * H) },
        { H, TS, numBuckets },
      );
      expect(await agree(memory)).toBeLessThan(2e-6);
    }
  });

  it('the clipping factor of several gradients, with and without a limit', async () => {
    for (const maxNorm of [0, 1, 1e6]) {
      const memory = new TestMemory();
      const gradients = [memory.noise('g0', 3 * sumSquaresSlice + 64), memory.noise('g1', 77)];
      clipFactor(memory.p, gradients, memory.scalars({ maxNorm }), memory.noise('out', 64));
      expect(await agree(memory)).toBeLessThan(2e-6);
    }
  });
});
