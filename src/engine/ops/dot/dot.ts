/** Products of long vectors, summed in slices so that the result does not depend on who sums which. */
import { opcodes } from '../../program/opcodes';
import type { OpSpec, ProgramBuilder, View } from '../../program/program';

/** Length of the slices whose products are summed on their own. */
export const dotSlice = 8192;

/** partials[first + j] = Σ x[i]·y[i] over slice j of `dotSlice` elements. */
export const dotSpec: OpSpec = {
  name: 'dot',
  opcode: opcodes.dot,
  bindings: [
    { name: 'x', access: 'read' },
    { name: 'y', access: 'read' },
    { name: 'partials', access: 'update' },
  ],
  ints: ['length', 'first'],
  floats: [],
};

/**
 * The factors with which `combine` takes out of g what goes against r: factors[0] = −(g·r)/(r·r) where g·r < 0,
 * else 0; factors[1] = 1. `products` holds `count` partial sums of g·r, then as many of r·r.
 * @see Chaudhry et al. 2019, "Efficient lifelong learning with A-GEM", equation 11
 */
export const projectionSpec: OpSpec = {
  name: 'projection',
  opcode: opcodes.projection,
  bindings: [
    { name: 'products', access: 'read' },
    { name: 'factors', access: 'write' },
  ],
  ints: ['count'],
  floats: [],
};

/** Partial sums that `dot` leaves of vectors of these lengths. */
export const dotPartials = (lengths: readonly number[]): number =>
  lengths.reduce((sum, length) => sum + Math.ceil(length / dotSlice), 0);

/** Partial sums of xs·ys, vector by vector, from element `first` of `partials` on. */
export function dot(
  p: ProgramBuilder,
  xs: readonly View[],
  ys: readonly View[],
  partials: View,
  first = 0,
): void {
  let next = first;
  xs.forEach((x, i) => {
    const y = ys[i];
    if (y?.length !== x.length) throw new RangeError('the vectors of a product differ in length');
    p.emit(dotSpec, [x, y, partials], [x.length, next]);
    next += Math.ceil(x.length / dotSlice);
  });
}

export function projection(p: ProgramBuilder, v: { products: View; factors: View }, count: number): void {
  p.emit(projectionSpec, [v.products, v.factors], [count]);
}
