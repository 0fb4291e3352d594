import {
  add,
  concat,
  matMul,
  mul,
  reshape,
  slice,
  softmax,
  tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../tf';
import { maskReference } from '../dropout/reference';
import type { AttentionExtras, AttentionShape } from './attention';

/** The formula, one example and head at a time, differentiated by TensorFlow.js. */
export function attentionReference(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  { rows, heads, queryLength, keyLength }: AttentionShape,
  { bias, mask, dropout = null }: AttentionExtras = {},
): Tensor2D {
  const d = q.shape[1] / heads;
  const size = [queryLength, keyLength] as [number, number];
  const drop = dropout && maskReference(dropout, rows * heads * queryLength * keyLength);
  /** The part of a bias or mask that belongs to an example and head, its axes of length 1 being shared. */
  const part = (x: Tensor4D, row: number, head: number): Tensor2D => {
    const [ofRows, ofHeads, queries, keys] = x.shape;
    const from = [Math.min(row, ofRows - 1), Math.min(head, ofHeads - 1), 0, 0];
    return reshape(slice(x, from, [1, 1, queries, keys]), [queries, keys]);
  };
  const examples: Tensor2D[] = [];
  for (let row = 0; row < rows; row++) {
    const contexts: Tensor2D[] = [];
    for (let head = 0; head < heads; head++) {
      const cut = (x: Tensor2D, length: number) => slice(x, [row * length, head * d], [length, d]);
      let scores = matMul(cut(q, queryLength), cut(k, keyLength), false, true);
      if (bias) scores = add(scores, part(bias, row, head));
      if (mask) scores = add(scores, part(mask, row, head));
      let probabilities = softmax(scores);
      if (drop) {
        const from = (row * heads + head) * queryLength * keyLength;
        probabilities = mul(probabilities, tensor(drop.slice(from, from + queryLength * keyLength), size));
      }
      contexts.push(matMul(probabilities, cut(v, keyLength)));
    }
    examples.push(concat(contexts, 1));
  }
  return concat(examples, 0);
}
