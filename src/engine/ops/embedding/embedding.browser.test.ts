import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tidy, type Tensor, type Tensor2D } from '../../tf';
import { expectSameOperation, randomIds, randomTensor } from '../testing';
import { embedding, scatterAdd } from './embedding';
import { embeddingReference } from './reference';

describeBackends('embedding', () => {
  it.each([
    [2, 1, 1],
    // Fewer ids than rows, as in a vocabulary; more, as with buckets of distances; equally many.
    [300, 5, 40],
    [32, 3, 200],
    [12, 4, 12],
  ])('equals its reference on [%i, %i] with %i ids', async (vocabulary, d, count) => {
    const ids = randomIds(count, vocabulary, 6);
    await expectSameOperation(
      (table: Tensor) => embedding(table as Tensor2D, ids),
      (table: Tensor) => embeddingReference(table as Tensor2D, ids),
      [randomTensor([vocabulary, d], 5)],
    );
  });

  it('sums the same way every time', async () => {
    const rows = randomTensor([500, 8], 7) as Tensor2D;
    const ids = randomIds(500, 5, 8).map((id) => id * 300);
    const first = await tidy(() => scatterAdd(rows, ids, 2000)).data();
    for (let i = 0; i < 3; i++) {
      expect(await tidy(() => scatterAdd(rows, ids, 2000)).data()).toEqual(first);
    }
  });

  it('refuses ids outside the table', () => {
    const table = randomTensor([4, 2], 5) as Tensor2D;
    for (const id of [-1, 4]) expect(() => embedding(table, Int32Array.of(0, id))).toThrow(/id/);
  });
});
