/** The bias of relative positions in TensorFlow.js's own operations. */
import type * as tf from '@tensorflow/tfjs';
import { embedding } from '../embedding/stock';

/** @param table [numBuckets, heads] @param buckets [T, S] @returns [heads, T, S] */
export function positionBias(table: tf.Tensor, buckets: tf.Tensor): tf.Tensor {
  return embedding(table, buckets).transpose([2, 0, 1]);
}
