import {
  cast,
  div,
  exp,
  gather,
  log,
  max,
  mul,
  oneHot,
  reshape,
  scalar,
  sub,
  sum,
  tensor1d,
  tensor2d,
  tidy,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '../../tf';
import { differentiable } from '../differentiable';

/** The label of a place where there is no token. */
export const IGNORED = -100;

/** Labels that are a token. */
export function countTokens(labels: Int32Array): number {
  let count = 0;
  for (const label of labels) if (label !== IGNORED) count++;
  return count;
}

/**
 * Mean cross-entropy over the tokens of a batch, as Hugging Face T5 has it: every token weighs the same,
 * whatever example it is in.
 * @param logits [n, vocabulary]
 * @param labels n token ids, IGNORED where there is none
 * @returns nats a token
 * @throws RangeError when no label is a token or the counts differ
 */
export function crossEntropy(logits: Tensor2D, labels: Int32Array): Scalar {
  const tokens = countTokens(labels);
  if (tokens === 0) throw new RangeError('crossEntropy: no label is a token, so there is no mean loss');
  checkLabels(logits, labels);
  return differentiable(
    [logits],
    () => {
      const { nats, exponentials, total } = logSoftmaxParts(logits, labels);
      const value = mul<Scalar>(sum(nats), scalar(1 / tokens));
      return { value, saved: [exponentials, total] };
    },
    (dy, [exponentials, total]) => {
      // (softmax − one-hot) · dy / tokens, and nothing where there is no token
      const weights = Float32Array.from(labels, (label) => (label === IGNORED ? 0 : 1 / tokens));
      const weight = mul(tensor2d(weights, [labels.length, 1]), dy);
      // Asked for floats, the stock WASM kernel writes integers into them.
      const expected = mul(cast(oneHot(tensor1d(labels, 'int32'), logits.shape[1]), 'float32'), weight);
      return [sub(mul(exponentials!, div(weight, total!)), expected)];
    },
  );
}

/**
 * Cross-entropy of each token, without a gradient.
 * @returns [n] nats, 0 where there is no token
 */
export function tokenNats(logits: Tensor2D, labels: Int32Array): Tensor1D {
  checkLabels(logits, labels);
  return tidy(() => logSoftmaxParts(logits, labels).nats);
}

/** What the log-softmax is made of; the largest logit is taken out first, so that nothing overflows. */
function logSoftmaxParts(
  logits: Tensor2D,
  labels: Int32Array,
): { nats: Tensor1D; exponentials: Tensor; total: Tensor } {
  const [n, vocabulary] = logits.shape;
  const shifted = sub<Tensor2D>(logits, max(logits, 1, true));
  const exponentials = exp(shifted);
  const total = sum(exponentials, 1, true);
  const places = labels.map((label, row) => row * vocabulary + Math.max(label, 0));
  const chosen = gather(reshape(shifted, [n * vocabulary]), tensor1d(places, 'int32'));
  const counted = tensor1d(Float32Array.from(labels, (label) => (label === IGNORED ? 0 : 1)));
  const nats = mul<Tensor1D>(sub(reshape(log(total), [n]), chosen), counted);
  return { nats, exponentials, total };
}

function checkLabels(logits: Tensor2D, labels: Int32Array): void {
  const [n, vocabulary] = logits.shape;
  if (labels.length !== n)
    throw new RangeError(`crossEntropy: ${labels.length} labels for ${n} rows of logits`);
  for (const label of labels)
    if (label !== IGNORED && (label < 0 || label >= vocabulary))
      throw new RangeError(`crossEntropy: label ${label} is outside the vocabulary of ${vocabulary}`);
}
