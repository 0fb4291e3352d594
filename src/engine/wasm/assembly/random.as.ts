// Dropout masks: a hash of seed, site and index, as ../../ops/dropout/dropout.ts defines it.

function mix(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x7feb352d;
  x = (x ^ (x >> 15)) * 0x846ca68b;
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

// @ts-ignore: decorator
@inline
function mixLanes(x: v128): v128 {
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 16)), i32x4.splat(0x7feb352d));
  x = i32x4.mul(v128.xor(x, i32x4.shr_u(x, 15)), i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** x·scale in the lanes that the mask keeps, of elements index .. index + 3, else 0; x when threshold is 0. */
// @ts-ignore: decorator
@inline
export function dropLanes(x: v128, key: u32, index: u32, threshold: u32, scale: f32): v128 {
  if (threshold == 0) return x;
  const places = i32x4.add(i32x4.splat(key + index), i32x4(0, 1, 2, 3));
  const kept = i32x4.ge_u(mixLanes(places), i32x4.splat(threshold));
  return v128.and(f32x4.mul(x, f32x4.splat(scale)), kept);
}

/** The same for one element. */
// @ts-ignore: decorator
@inline
export function drop(x: f32, key: u32, index: u32, threshold: u32, scale: f32): f32 {
  if (threshold == 0) return x;
  return mix(key + index) >= threshold ? x * scale : 0;
}
