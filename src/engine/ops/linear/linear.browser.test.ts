import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tensor2d, type Tensor, type Tensor2D } from '../../tf';
import { expectSameOperation, randomTensor } from '../testing';
import { linear } from './linear';
import { linearReference } from './reference';

describeBackends('linear', () => {
  it.each([
    [1, 1, 1, 1],
    [3, 5, 7, 0.5],
    [33, 20, 60, 1],
    // Long sums: the inner length from which the stock WebGPU kernel would add in a varying order.
    [5, 2100, 3, 1],
    [2, 3, 2100, 1],
  ])('equals its reference for %i rows, %i to %i, scale %f', async (n, from, to, scale) => {
    await expectSameOperation(
      (x: Tensor, w: Tensor) => linear(x as Tensor2D, w as Tensor2D, scale),
      (x: Tensor, w: Tensor) => linearReference(x as Tensor2D, w as Tensor2D, scale),
      [randomTensor([n, from], 3), randomTensor([to, from], 4)],
    );
  });

  it('sees a weight that was replaced', async () => {
    const x = tensor2d([[1, 2]]);
    const first = linear(x, tensor2d([[1, 1]]));
    const second = linear(x, tensor2d([[10, 1]]));
    expect([...(await first.data())]).toEqual([3]);
    expect([...(await second.data())]).toEqual([12]);
  });

  it('refuses a weight of another width', () => {
    expect(() => linear(tensor2d([[1, 2]]), tensor2d([[1]]))).toThrow(RangeError);
  });
});
