import { draw, streamKey } from '../../random';
import { tensor, type Tensor } from '../../tf';

/** One place of the model in one training step, where values are dropped. */
export interface DropoutSite {
  /** Share of values dropped, 0 < rate < 1. */
  rate: number;
  seed: number;
  step: number;
  /** Tells the places of a model apart. */
  site: number;
}

/**
 * The dropout mask of a site: a pure function of seed, step, site and the element's row-major index, so that
 * any backend can draw it again, in the backward pass or after a resume.
 * @returns `count` values, each 0 or 1 / (1 − rate)
 */
export function dropoutMask({ rate, seed, step, site }: DropoutSite, count: number): Float32Array {
  const key = streamKey(seed, step, site);
  const threshold = Math.floor(rate * 2 ** 32);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(count);
  for (let i = 0; i < count; i++) if (draw(key, i) >= threshold) mask[i] = kept;
  return mask;
}

/** The mask on the device, in a given shape. */
export function uploadMask(site: DropoutSite, shape: number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  return tensor(dropoutMask(site, count), shape);
}
