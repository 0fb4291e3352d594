import * as fc from 'fast-check';
import { draw, streamKey } from '../../random';
import { ignored, labels } from '../../tfjs/indices';
import { lengths, noiseTensor, property, scales, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { tiedCrossEntropy } from './tfjs';

/** Labels of which some are left out, or all. */
function labelsOf({ rows, vocab, seed, left }: { rows: number; vocab: number; seed: number; left: number }) {
  const key = streamKey(seed);
  const label = (i: number): number => (draw(key, 2 * i) % 4 < left ? ignored : draw(key, 2 * i + 1) % vocab);
  return labels(Array.from({ length: rows }, (_, i) => label(i)));
}

/** Hidden states up to 60 make logits of thousands. */
export const crossEntropyProperty = property({
  name: 'tiedCrossEntropy',
  cases: fc.record({
    rows: lengths,
    vocab: lengths,
    dim: lengths,
    alpha: fc.constantFrom(1, 0.25),
    left: fc.constantFrom(0, 1, 2, 4),
    scale: scales,
    seed: seeds,
  }),
  edges: [
    { rows: 7, vocab: 33, dim: 3, alpha: 1, left: 4, scale: 1, seed: 1 },
    { rows: 7, vocab: 33, dim: 20, alpha: 1, left: 1, scale: 60, seed: 2 },
    { rows: 1, vocab: 1, dim: 1, alpha: 0.25, left: 0, scale: 60, seed: 3 },
  ],
  operands: ({ rows, vocab, dim, seed, scale }) => [
    noiseTensor([rows, dim], seed, scale),
    noiseTensor([vocab, dim], seed + 1, 4),
  ],
  ours: ([hidden, table], c) => tiedCrossEntropy(hidden!, table!, labelsOf(c), c.alpha),
  stock: ([hidden, table], c) => stock.tiedCrossEntropy(hidden!, table!, labelsOf(c).ids, c.alpha),
});
