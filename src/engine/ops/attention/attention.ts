import {
  add,
  mul,
  reshape,
  softmax,
  sub,
  sum,
  transpose,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '../../tf';
import { differentiable } from '../differentiable';
import { uploadMask, type DropoutSite } from '../dropout/mask';
import { multiplyBatched } from '../matmul';

/**
 * What hides a key: so far below any score that adding it swallows the score (as Hugging Face's lowest float
 * does), and not so far that a kernel's own starting value of a maximum is above it (stock WebGPU softmax).
 */
export const MASKED = -1e30;

export interface AttentionShape {
  /** Examples in the batch. */
  rows: number;
  heads: number;
  queryLength: number;
  keyLength: number;
}

export interface AttentionExtras {
  /** Added to the scores and differentiated: [1, heads, queryLength, keyLength]. */
  bias?: Tensor4D | undefined;
  /** Added to the scores, 0 or MASKED: [rows or 1, 1, queryLength or 1, keyLength]. */
  mask?: Tensor4D | undefined;
  /** On the probabilities, elements counted over [rows, heads, queryLength, keyLength]. */
  dropout?: DropoutSite | null;
}

/**
 * Multi-head attention as T5 has it: scores are not divided by √d. A row of keys that are all masked attends
 * to every one equally: the mask swallows the scores, and the softmax of equal values is uniform.
 * @param q [rows · queryLength, heads · d]
 * @param k [rows · keyLength, heads · d]
 * @param v [rows · keyLength, heads · d]
 * @returns [rows · queryLength, heads · d], `dropout(softmax(q·kᵀ + bias + mask)) · v` for each head
 * @throws RangeError when the shapes do not fit
 * @see Vaswani et al. 2017; Raffel et al. 2020
 */
export function attention(
  q: Tensor2D,
  k: Tensor2D,
  v: Tensor2D,
  shape: AttentionShape,
  { bias, mask, dropout = null }: AttentionExtras = {},
): Tensor2D {
  const { rows, heads, queryLength, keyLength } = shape;
  checkShape('q', q, rows * queryLength, heads);
  checkShape('k', k, rows * keyLength, heads);
  checkShape('v', v, rows * keyLength, heads);
  const inner = q.shape[1];
  const d = inner / heads;

  /** [rows · length, heads · d] to [rows, heads, length, d] */
  const split = (x: Tensor, length: number): Tensor4D =>
    transpose(reshape(x, [rows, length, heads, d]), [0, 2, 1, 3]);
  /** [rows, heads, length, d] to [rows · length, heads · d] */
  const join = (x: Tensor4D, length: number): Tensor2D =>
    reshape(transpose(x, [0, 2, 1, 3]), [rows * length, inner]);

  return differentiable(
    bias === undefined ? [q, k, v] : [q, k, v, bias],
    () => {
      let scores: Tensor4D = multiplyBatched(split(q, queryLength), split(k, keyLength), false, true);
      if (bias !== undefined) scores = add(scores, bias);
      if (mask !== undefined) scores = add(scores, mask);
      const probabilities = softmax(scores);
      const dropped = dropout === null ? null : uploadMask(dropout, probabilities.shape);
      const used = dropped === null ? probabilities : mul<Tensor4D>(probabilities, dropped);
      const value = join(multiplyBatched(used, split(v, keyLength)), queryLength);
      return { value, saved: [q, k, v, probabilities, ...(dropped === null ? [] : [dropped])] };
    },
    (dy, [q, k, v, kept, dropped]) => {
      const probabilities = kept as Tensor4D;
      const used = dropped === undefined ? probabilities : mul<Tensor4D>(probabilities, dropped);
      const dContext = split(dy, queryLength);
      const dv = join(multiplyBatched(used, dContext, true, false), keyLength);
      const dUsed = multiplyBatched(dContext, split(v!, keyLength), false, true);
      const dProbabilities = dropped === undefined ? dUsed : mul<Tensor4D>(dUsed, dropped);
      const weighted = mul<Tensor4D>(dProbabilities, probabilities);
      const dScores = sub<Tensor4D>(weighted, mul(probabilities, sum(weighted, -1, true)));
      const dq = join(multiplyBatched(dScores, split(k!, keyLength)), queryLength);
      const dk = join(multiplyBatched(dScores, split(q!, queryLength), true, false), keyLength);
      return bias === undefined ? [dq, dk, dv] : [dq, dk, dv, sum(dScores, 0, true)];
    },
  );
}

function checkShape(name: string, x: Tensor2D, length: number, heads: number): void {
  if (x.shape[0] !== length || x.shape[1] % heads !== 0)
    throw new RangeError(
      `attention: ${name} is [${x.shape.join(', ')}] where [${length}, a multiple of ${heads}] was expected`,
    );
}
