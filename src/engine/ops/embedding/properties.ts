import * as fc from 'fast-check';
import { draw, streamKey } from '../../random';
import { indices } from '../../tfjs/indices';
import { lengths, noiseTensor, property, rates, seeds } from '../../tfjs/testing/property';
import { dropout } from '../dropout/stock';
import * as stock from './stock';
import { embedding } from './tfjs';

interface Sizes {
  rows: number;
  vocab: number;
  seed: number;
}

/** Few rows of a table, so that ids repeat. */
const idsOf = ({ rows, vocab, seed }: Sizes) => {
  const key = streamKey(seed);
  return indices(
    Array.from({ length: 2 * rows }, (_, i) => draw(key, i) % vocab),
    [2, rows],
  );
};

export const embeddingProperty = property({
  name: 'embedding',
  cases: fc.record({ rows: lengths, vocab: lengths, dim: lengths, rate: rates, seed: seeds }),
  // All ids are one; most rows of the table are nobody's.
  edges: [
    { rows: 33, vocab: 1, dim: 7, rate: 0, seed: 1 },
    { rows: 1, vocab: 33, dim: 3, rate: 0.1, seed: 2 },
  ],
  operands: ({ vocab, dim, seed }) => [noiseTensor([vocab, dim], seed)],
  ours: ([table], c) => embedding(table!, idsOf(c), c),
  stock: ([table], c) => dropout(stock.embedding(table!, idsOf(c).ids), c.rate, c.seed),
});
