import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tensor4d } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor4D } from '../../tf';
import { expectClose, expectSameOperation, expectTrueGradient, randomTensor } from '../testing';
import { attention, MASKED, type AttentionExtras, type AttentionShape } from './attention';
import { attentionReference } from './reference';

function inputsOf(
  { rows, heads, queryLength, keyLength }: AttentionShape,
  d: number,
  bias: boolean,
): Tensor[] {
  const inner = heads * d;
  return [
    randomTensor([rows * queryLength, inner], 1),
    randomTensor([rows * keyLength, inner], 2),
    randomTensor([rows * keyLength, inner], 3),
    ...(bias ? [randomTensor([1, heads, queryLength, keyLength], 4)] : []),
  ];
}

/** Masks the last keys of each row: none in the first, all in the last. */
function keyMask({ rows, keyLength }: AttentionShape): Tensor4D {
  const values = Float32Array.from({ length: rows * keyLength }, (_, i) => {
    const row = Math.floor(i / keyLength);
    return i % keyLength >= keyLength * (1 - row / Math.max(1, rows - 1)) ? MASKED : 0;
  });
  return tensor4d(values, [rows, 1, 1, keyLength]);
}

const run =
  (f: typeof attention, shape: AttentionShape, extras: AttentionExtras) =>
  (q: Tensor, k: Tensor, v: Tensor, bias?: Tensor) =>
    f(q as Tensor2D, k as Tensor2D, v as Tensor2D, shape, { ...extras, bias: bias as Tensor4D | undefined });

const dropout = { rate: 0.2, seed: 3, step: 1, site: 9 };

describeBackends('attention', () => {
  it.each([
    [1, 1, 1, 1, 1],
    [2, 3, 5, 7, 20],
    [3, 2, 9, 9, 4],
    [4, 6, 1, 11, 8],
  ])('equals its reference: %i rows, %i heads, %i queries, %i keys of %i', async (...sizes) => {
    const [rows, heads, queryLength, keyLength, d] = sizes;
    const shape = { rows, heads, queryLength, keyLength };
    for (const [bias, extras] of [
      [false, {}],
      [true, { mask: keyMask(shape) }],
      [true, { mask: keyMask(shape), dropout }],
    ] as [boolean, AttentionExtras][]) {
      const inputs = inputsOf(shape, d, bias);
      await expectSameOperation(
        run(attention, shape, extras),
        run(attentionReference, shape, extras),
        inputs,
        2e-5,
      );
    }
  });

  it('has the gradient of its values', async () => {
    const shape = { rows: 2, heads: 2, queryLength: 3, keyLength: 4 };
    const operation = run(attention, shape, {}) as (...xs: Tensor[]) => Tensor;
    await expectTrueGradient(operation, inputsOf(shape, 3, true));
  });

  it('attends to all keys equally where all are masked', async () => {
    const shape = { rows: 1, heads: 1, queryLength: 1, keyLength: 4 };
    const v = randomTensor([4, 2], 3) as Tensor2D;
    const mask = tensor4d([MASKED, MASKED, MASKED, MASKED], [1, 1, 1, 4]);
    const y = attention(randomTensor([1, 2], 1) as Tensor2D, randomTensor([4, 2], 2) as Tensor2D, v, shape, {
      mask,
    });
    expectClose(await y.data(), await v.mean(0).data());
  });

  it('refuses shapes that do not fit', () => {
    const shape = { rows: 1, heads: 2, queryLength: 2, keyLength: 2 };
    const good = randomTensor([2, 4], 1) as Tensor2D;
    expect(() => attention(randomTensor([3, 4], 1) as Tensor2D, good, good, shape)).toThrow(RangeError);
    expect(() => attention(good, randomTensor([2, 3], 1) as Tensor2D, good, shape)).toThrow(RangeError);
  });
});
