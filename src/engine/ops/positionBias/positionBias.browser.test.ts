import { it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import type { Tensor, Tensor2D } from '../../tf';
import { expectSameOperation, randomIds, randomTensor } from '../testing';
import { positionBias } from './positionBias';
import { positionBiasReference } from './reference';

describeBackends('positionBias', () => {
  it.each([
    [2, 1, 1, 1],
    [32, 3, 5, 9],
    [8, 2, 13, 13],
    [32, 6, 1, 21],
  ])('equals its reference for %i buckets, %i heads, %i queries, %i keys', async (rows, heads, q, k) => {
    const buckets = randomIds(q * k, rows, 4);
    await expectSameOperation(
      (table: Tensor) => positionBias(table as Tensor2D, buckets, q, k),
      (table: Tensor) => positionBiasReference(table as Tensor2D, buckets, q, k),
      [randomTensor([rows, heads], 3)],
    );
  });
});
