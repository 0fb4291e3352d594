/** Dropout in TensorFlow.js's own operations; the mask, which it has no operation for, is made on the host. */
import * as tf from '@tensorflow/tfjs';
import { dropThreshold, keeps } from './dropout';

/** 1 / (1 − rate) where the mask keeps an element, else 0. */
export function dropoutMask(shape: number[], rate: number, seed: number): tf.Tensor {
  const scale = rate === 0 ? 1 : 1 / (1 - Math.fround(rate));
  const mask = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    rate === 0 || keeps(seed, 0, i, dropThreshold(rate)) ? scale : 0,
  );
  return tf.tensor(mask, shape);
}

/** @returns of x's shape */
export function dropout(x: tf.Tensor, rate: number, seed: number): tf.Tensor {
  return x.mul(dropoutMask(x.shape, rate, seed));
}
