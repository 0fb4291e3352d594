import * as tf from '@tensorflow/tfjs';
import * as fc from 'fast-check';
import { lengths, noiseTensor, property, rates, seeds } from '../../tfjs/testing/property';
import * as stock from './stock';
import { attention, selfAttention } from './tfjs';

interface Case {
  B: number;
  heads: number;
  dKv: number;
  T: number;
  S: number;
  biased: boolean;
  causal: boolean;
  rate: number;
  open: number;
  seed: number;
  scale: number;
}

const few = fc.constantFrom(1, 2, 3);
const cases: fc.Arbitrary<Case> = fc.record({
  B: few,
  heads: few,
  dKv: fc.constantFrom(5, 8),
  T: lengths,
  S: lengths,
  biased: fc.boolean(),
  causal: fc.boolean(),
  rate: rates,
  /** Share of the keys that the last example has; at 0 it has none. */
  open: fc.constantFrom(1, 0.5, 0),
  seed: seeds,
  scale: fc.constantFrom(0.5, 1, 8),
});

/** No example has a key; logits of thousands; one query, as in generation. */
const plain = {
  B: 2,
  heads: 3,
  dKv: 5,
  T: 7,
  S: 33,
  biased: true,
  causal: false,
  rate: 0,
  open: 1,
  seed: 1,
  scale: 1,
};
const edges: Case[] = [
  { ...plain, B: 1, open: 0, rate: 0.1 },
  { ...plain, causal: true, open: 0.5, scale: 60 },
  { ...plain, T: 1, dKv: 8, biased: false, open: 0 },
];

function options([bias]: (tf.Tensor | undefined)[], { B, S, open, heads, causal, rate, seed }: Case) {
  const mask = Array.from({ length: B * S }, (_, i) => (i < (B - 1) * S + Math.round(open * S) ? 1 : 0));
  return {
    heads,
    causal,
    dropout: { rate, seed },
    mask: tf.tensor(mask, [B, S]),
    ...(bias && { bias }),
  };
}

const biasOf = ({ biased, heads, T, S, seed }: Case): tf.Tensor[] =>
  biased ? [noiseTensor([heads, T, S], seed + 2, 3)] : [];

export const attentionProperty = property({
  name: 'attention',
  cases,
  edges,
  operands(c) {
    const inner = c.heads * c.dKv;
    const q = noiseTensor([c.B, c.T, inner], c.seed, c.scale);
    return [q, noiseTensor([c.B, c.S, 2 * inner], c.seed + 1, c.scale), ...biasOf(c)];
  },
  ours: ([q, kv, ...bias], c) => attention(q!, kv!, options(bias, c)),
  stock([q, kv, ...bias], c) {
    const [k, v] = tf.split(kv!, 2, -1) as [tf.Tensor, tf.Tensor];
    return stock.attention(q!, k, v, options(bias, c));
  },
});

export const selfAttentionProperty = property({
  name: 'selfAttention',
  cases: cases.map((c) => ({ ...c, S: c.T })),
  edges: edges.map((c) => ({ ...c, S: c.T })),
  operands: (c) => [noiseTensor([c.B, c.T, 3 * c.heads * c.dKv], c.seed, c.scale), ...biasOf(c)],
  ours: ([qkv, ...bias], c) => selfAttention(qkv!, options(bias, c)),
  stock([qkv, ...bias], c) {
    const [q, k, v] = tf.split(qkv!, 3, -1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return stock.attention(q, k, v, options(bias, c));
  },
});
