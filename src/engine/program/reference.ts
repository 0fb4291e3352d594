/**
 * The plain meaning of every operation: loops on typed arrays, one function an operation, in the order of its
 * spec. Slow and easy to check; the devices' kernels are held to it.
 */
export type Typed = Float32Array | Uint32Array;

// The executor has checked the counts against the spec, so a kernel may take its arguments apart without asking.
type Checked<T> = [T, T, T, T, T, T, T, T, T, T, T, T, T, T, T, T];

/** Views as typed arrays in binding order, then ints and floats in the spec's order. */
export type ReferenceKernel = (views: Checked<Typed>, ints: Checked<number>, floats: Checked<number>) => void;

/** Element i, which exists. */
export function at(array: ArrayLike<number>, i: number): number {
  const value = array[i];
  if (value === undefined) throw new RangeError(`element ${i} of ${array.length}`);
  return value;
}

/** The same bytes as floats. */
export function floats(array: Typed): Float32Array {
  return new Float32Array(array.buffer, array.byteOffset, array.length);
}
