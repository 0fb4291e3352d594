import { customGrad, type Tensor } from '../tf';

/** The result of a forward pass and what its backward pass wants to see again. */
export interface Forward<T extends Tensor> {
  value: T;
  saved: Tensor[];
}

/**
 * Puts one operation with a hand-derived gradient on the tape, in place of the stock ops it is made of.
 * Tensors made in `forward` die with it unless they are among `saved`.
 * @param inputs the tensors to differentiate by
 * @param backward from the gradient of the value (and the saved tensors, in order) to one gradient for each
 *   input; a gradient must be a tensor of its own, never `dy` or another gradient itself
 */
export function differentiable<T extends Tensor>(
  inputs: Tensor[],
  forward: () => Forward<T>,
  backward: (dy: T, saved: Tensor[]) => Tensor[],
): T {
  const run = customGrad<T>((...args) => {
    const save = args[args.length - 1] as (tensors: Tensor[]) => void;
    const { value, saved } = forward();
    save(saved);
    return { value, gradFunc: (dy: T, kept: Tensor[]) => backward(dy, kept) };
  });
  return run(...inputs);
}
