import { at, type ReferenceKernel, type Typed } from '../../program/reference';
import { scalars as slots } from '../../program/scalars';
import { dropThreshold, keeps } from './dropout';

/** value/(1 − rate) where this step's mask keeps the element, else 0; the value itself at rate 0. */
export function dropped(scalars: Typed, site: number, index: number, rate: number, value: number): number {
  if (rate === 0) return value;
  const seed = at(scalars, slots.dropoutSeed);
  return keeps(seed, site, index, dropThreshold(rate)) ? value / (1 - rate) : 0;
}

export const dropout: ReferenceKernel = ([x, scalars, y], [length, site], [rate]) => {
  for (let i = 0; i < length; i++) y[i] = dropped(scalars, site, i, rate, at(x, i));
};
