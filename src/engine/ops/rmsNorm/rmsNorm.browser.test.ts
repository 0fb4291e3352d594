import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tensor1d, tensor2d, type Tensor, type Tensor1D, type Tensor2D } from '../../tf';
import { expectClose, expectSameOperation, expectTrueGradient, randomTensor } from '../testing';
import { rmsNormReference } from './reference';
import { rmsNorm } from './rmsNorm';

const ours = (x: Tensor, w: Tensor) => rmsNorm(x as Tensor2D, w as Tensor1D, 1e-6);
const reference = (x: Tensor, w: Tensor) => rmsNormReference(x as Tensor2D, w as Tensor1D, 1e-6);

describeBackends('rmsNorm', () => {
  it.each([
    [1, 2],
    [3, 7],
    [17, 33],
    [5, 130],
  ])('equals its reference on [%i, %i]', async (n, d) => {
    const inputs = [randomTensor([n, d], 1, 3), randomTensor([d], 2)];
    await expectSameOperation(ours, reference, inputs);
  });

  it('has the gradient of its values', async () => {
    await expectTrueGradient(ours, [randomTensor([4, 6], 1), randomTensor([6], 2)]);
  });

  it('is finite where a row is all zero', async () => {
    const y = rmsNorm(tensor2d([0, 0, 3, 4], [2, 2]), tensor1d([1, 2]), 1e-6);
    const rms = Math.sqrt(12.5 + 1e-6);
    expectClose(await y.data(), [0, 0, 3 / rms, 8 / rms]);
  });

  it('refuses a weight of another length', () => {
    expect(() => rmsNorm(tensor2d([[1, 2]]), tensor1d([1]), 1e-6)).toThrow(RangeError);
  });
});
