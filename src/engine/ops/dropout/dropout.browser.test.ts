import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import type { Tensor, Tensor2D } from '../../tf';
import { expectSameOperation, randomTensor } from '../testing';
import { dropout, residualDropout } from './dropout';
import { residualDropoutReference } from './reference';

const site = { rate: 0.3, seed: 5, step: 17, site: 3 };

describeBackends('dropout', () => {
  it.each([
    [1, 1],
    [7, 13],
    [40, 33],
  ])('with a residual equals its reference on [%i, %i]', async (n, d) => {
    const inputs = [randomTensor([n, d], 1), randomTensor([n, d], 2)];
    await expectSameOperation(
      (a: Tensor, x: Tensor) => residualDropout(a as Tensor2D, x as Tensor2D, site),
      (a: Tensor, x: Tensor) => residualDropoutReference(a as Tensor2D, x as Tensor2D, site),
      inputs,
    );
    await expectSameOperation(
      (a: Tensor, x: Tensor) => residualDropout(a as Tensor2D, x as Tensor2D, null),
      (a: Tensor, x: Tensor) => a.add(x),
      inputs,
    );
  });

  it('alone equals the residual form around nothing', async () => {
    await expectSameOperation(
      (x: Tensor) => dropout(x as Tensor2D, site),
      (x: Tensor) => residualDropoutReference(x.zerosLike() as Tensor2D, x as Tensor2D, site),
      [randomTensor([9, 11], 1)],
    );
  });

  it('without a site is the input itself', () => {
    const x = randomTensor([2, 2], 1) as Tensor2D;
    expect(dropout(x, null)).toBe(x);
  });
});
