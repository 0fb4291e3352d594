import { getBackend, keep, scalar, type Scalar } from '../tf';

const constants = new Map<string, Scalar>();

/**
 * A number that stays on the device for good: made once for each backend, since every fresh scalar costs an
 * upload. For numbers of the model and the formulas only, never for ones that change from step to step.
 */
export function constant(value: number): Scalar {
  const key = `${getBackend()} ${value}`;
  let made = constants.get(key);
  if (made === undefined || made.isDisposed) {
    made = keep(scalar(value));
    constants.set(key, made);
  }
  return made;
}
