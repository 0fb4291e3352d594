import { expect, it } from 'vitest';
import { describeBackends } from '../../../../tests/engine/backends';
import { tensor2d, type Tensor, type Tensor2D } from '../../tf';
import { expectClose, expectSameOperation, expectTrueGradient, randomIds, randomTensor } from '../testing';
import { crossEntropy, IGNORED, tokenNats } from './crossEntropy';
import { crossEntropyReference } from './reference';

/** Every third label is no token. */
const labelsFor = (n: number, vocabulary: number): Int32Array =>
  randomIds(n, vocabulary, 5).map((id, i) => (i % 3 === 2 ? IGNORED : id));

describeBackends('crossEntropy', () => {
  it.each([
    [1, 2],
    [7, 33],
    [24, 301],
  ])('equals its reference on [%i, %i]', async (n, vocabulary) => {
    const labels = labelsFor(n, vocabulary);
    await expectSameOperation(
      (logits: Tensor) => crossEntropy(logits as Tensor2D, labels),
      (logits: Tensor) => crossEntropyReference(logits as Tensor2D, labels),
      [randomTensor([n, vocabulary], 1, 5)],
    );
  });

  it('has the gradient of its values', async () => {
    const operation = (logits: Tensor) => crossEntropy(logits as Tensor2D, Int32Array.of(2, IGNORED, 0));
    await expectTrueGradient(operation, [randomTensor([3, 4], 1)]);
  });

  it('is exact and finite for logits that would overflow', async () => {
    const logits = tensor2d([
      [1000, 0, -1000],
      [0, 200, 0],
    ]);
    expectClose(await tokenNats(logits, Int32Array.of(1, 1)).data(), [1000, 0]);
    expectClose(await crossEntropy(logits, Int32Array.of(1, 1)).data(), [500]);
  });

  it('counts nothing where there is no token', async () => {
    const logits = randomTensor([3, 5], 2) as Tensor2D;
    const nats = await tokenNats(logits, Int32Array.of(1, IGNORED, 4)).data();
    expect(nats[1]).toBe(0);
    const mean = await crossEntropy(logits, Int32Array.of(1, IGNORED, 4)).data();
    expectClose(mean, [(nats[0]! + nats[2]!) / 2]);
  });

  it('refuses a batch without tokens and labels outside the vocabulary', () => {
    const logits = randomTensor([1, 5], 2) as Tensor2D;
    expect(() => crossEntropy(logits, Int32Array.of(IGNORED))).toThrow(/no label/);
    expect(() => crossEntropy(logits, Int32Array.of(5))).toThrow(/label 5/);
    expect(() => crossEntropy(logits, Int32Array.of(1, 2))).toThrow(/2 labels/);
  });
});
