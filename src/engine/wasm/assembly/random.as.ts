// Dropout masks: a hash of seed, site and index, as ../../ops/dropout/dropout.ts defines it.

const FIRST: u32 = 0x7feb352d;
const SECOND: u32 = 0x846ca68b;
/** The same, to be loaded (see exp.as.ts), and what is added from one group of four places to the next. */
const CONSTANTS = memory.data<u32>([FIRST, SECOND, 4]);

export function mix(x: u32): u32 {
  x = (x ^ (x >> 16)) * FIRST;
  x = (x ^ (x >> 15)) * SECOND;
  return x ^ (x >> 16);
}

/** What is added to an element's index before the last hash: mix(mix(seed) + site). */
export function maskKey(seed: u32, site: i32): u32 {
  return mix(mix(seed) + <u32>site);
}

/** rate·2³² rounded down, at most 2³² − 1. */
export function maskThreshold(rate: f32): u32 {
  return <u32>min<f64>(Math.floor(<f64>rate * 4294967296.0), 4294967295.0);
}

/** Where the mask is read: key + index of four elements, the first of which is number `index`. */
// @ts-ignore: decorator
@inline
export function places(key: u32, index: u32): v128 {
  return i32x4.add(i32x4.splat(key + index), i32x4(0, 1, 2, 3));
}

/** The next four. */
// @ts-ignore: decorator
@inline
export function onward(places: v128): v128 {
  return i32x4.add(places, v128.load32_splat(CONSTANTS + 8));
}

/** x·scale in the lanes that the mask keeps, else 0. */
// @ts-ignore: decorator
@inline
export function dropLanes(x: v128, places: v128, threshold: v128, scale: v128): v128 {
  let h = i32x4.mul(v128.xor(places, i32x4.shr_u(places, 16)), v128.load32_splat(CONSTANTS));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 15)), v128.load32_splat(CONSTANTS + 4));
  h = v128.xor(h, i32x4.shr_u(h, 16));
  return v128.and(f32x4.mul(x, scale), i32x4.ge_u(h, threshold));
}

/** The same for one element. */
// @ts-ignore: decorator
@inline
export function drop(x: f32, key: u32, index: u32, threshold: u32, scale: f32): f32 {
  return mix(key + index) >= threshold ? x * scale : 0;
}
