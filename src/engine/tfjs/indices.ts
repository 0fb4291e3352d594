/** Integers that pick rows, checked on the host: kernels trust them. */
import { tensor, type Tensor } from '@tensorflow/tfjs';

/** A label that counts for nothing, as in PyTorch and transformers. */
export const ignored = -100;

/** Row numbers on the device, with the order in which gradients are added up. */
export interface Indices {
  readonly shape: number[];
  readonly ids: Tensor;
  /** Places of `ids`, sorted by id, equal ids in their order. */
  readonly order: Tensor;
  readonly largest: number;
  dispose(): void;
}

/**
 * Row numbers for `embedding` and `positionBias`.
 * @param values integers from 0 up
 * @param shape by default [values.length]
 * @throws RangeError for another number of values than the shape has, or a value that is no row number
 */
export function indices(values: ArrayLike<number>, shape: number[] = [values.length]): Indices {
  return make(values, shape, (id) => id >= 0);
}

/** As `indices`, for `tiedCrossEntropy`: values may be `ignored` too. */
export function labels(values: ArrayLike<number>, shape: number[] = [values.length]): Indices {
  return make(values, shape, (id) => id >= 0 || id === ignored);
}

function make(values: ArrayLike<number>, shape: number[], allowed: (id: number) => boolean): Indices {
  const ids = Int32Array.from(values);
  if (ids.length === 0 || ids.length !== shape.reduce((a, b) => a * b, 1))
    throw new RangeError(`${ids.length} indices for [${shape.join(', ')}]`);
  let largest = 0;
  ids.forEach((id, i) => {
    if (id !== values[i] || !allowed(id))
      throw new RangeError(`index ${i} is ${String(values[i])}, which is no row`);
    largest = Math.max(largest, id);
  });
  const order = Int32Array.from(ids.keys()).sort((a, b) => ids[a]! - ids[b]! || a - b);
  const tensors = { ids: tensor(ids, shape, 'int32'), order: tensor(order, [order.length], 'int32') };
  return {
    shape: [...shape],
    ...tensors,
    largest,
    dispose: () => {
      tensors.ids.dispose();
      tensors.order.dispose();
    },
  };
}
