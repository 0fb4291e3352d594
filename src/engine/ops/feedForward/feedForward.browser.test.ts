import { it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tensor2d, type Tensor, type Tensor2D } from '../../tf';
import { expectClose, expectSameOperation, expectTrueGradient, randomTensor } from '../testing';
import { gatedGeluDropout, reluDropout } from './feedForward';
import { gatedGeluDropoutReference, reluDropoutReference } from './reference';

const site = { rate: 0.25, seed: 1, step: 2, site: 3 };
const shapes: [number, number][] = [
  [1, 1],
  [3, 52],
  [19, 7],
];

describeBackends('feedForward', () => {
  for (const dropout of [null, site]) {
    const suffix = dropout ? ' with dropout' : '';
    it.each(shapes)(`relu equals its reference on [%i, %i]${suffix}`, async (n, d) => {
      await expectSameOperation(
        (x: Tensor) => reluDropout(x as Tensor2D, dropout),
        (x: Tensor) => reluDropoutReference(x as Tensor2D, dropout),
        [randomTensor([n, d], 1, 2)],
      );
    });

    it.each(shapes)(`gated GELU equals its reference on [%i, %i]${suffix}`, async (n, d) => {
      await expectSameOperation(
        (g: Tensor, x: Tensor) => gatedGeluDropout(g as Tensor2D, x as Tensor2D, dropout),
        (g: Tensor, x: Tensor) => gatedGeluDropoutReference(g as Tensor2D, x as Tensor2D, dropout),
        [randomTensor([n, d], 1, 4), randomTensor([n, d], 2)],
      );
    });
  }

  it('gated GELU has the gradient of its values', async () => {
    await expectTrueGradient(
      (g: Tensor, x: Tensor) => gatedGeluDropout(g as Tensor2D, x as Tensor2D, null),
      [randomTensor([3, 4], 1, 2), randomTensor([3, 4], 2)],
    );
  });

  it('gated GELU lets large gates through, blocks very negative ones, and stays finite', async () => {
    const y = gatedGeluDropout(tensor2d([[60, -60, 0, 1e4]]), tensor2d([[2, 2, 2, 1]]), null);
    expectClose(await y.data(), [120, 0, 0, 1e4]);
  });
});
