import {
  cast,
  exp,
  log,
  mul,
  neg,
  oneHot,
  scalar,
  sub,
  sum,
  tensor1d,
  type Scalar,
  type Tensor2D,
} from '../../tf';
import { countTokens } from './crossEntropy';

/** The formula, without care for overflow, differentiated by TensorFlow.js. */
export function crossEntropyReference(logits: Tensor2D, labels: Int32Array): Scalar {
  const logProbabilities = sub(logits, log(sum(exp(logits), 1, true)));
  const expected = cast(oneHot(tensor1d(labels, 'int32'), logits.shape[1]), 'float32');
  return mul(neg(sum(mul(logProbabilities, expected))), scalar(1 / countTokens(labels)));
}
