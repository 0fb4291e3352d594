// exp and log. Constants: a polynomial fitted to exp on ±½·ln 2 for the least relative error (3e-9 before rounding).
import { madd } from './lanes.as';

/** The largest argument that exp takes here. */
export const HIGHEST: f32 = 88.3;

/**
 * Constants that are loaded: V8 makes a vector constant out of immediates, four instructions each, in every round
 * of a loop, where a broadcast from memory is one.
 */
const CONSTANTS = memory.data<f32>([
  -87.3, // exp of it is the least normal number
  1.4426950408889634, // 1/ln 2
  12582912, // 1.5·2²³: added to a float it leaves the nearest whole number in the low bits
  -0.693359375, // −ln 2 in two parts, the first short enough that whole multiples of it are exact
  2.1219444170128554e-4,
  0.001381461275741458, // coefficients of r⁶ .. r²
  0.008368710055947304,
  0.04166838899254799,
  0.1666652113199234,
  0.4999999403953552,
  1, // as a number, and as the bits of 2⁰
]);

// @ts-ignore: decorator
@inline
function constant(index: usize): v128 {
  return v128.load32_splat(CONSTANTS + (index << 2));
}

/** exp in four lanes, to 1e-7 relative, for x up to 88.3; 0 below −87.3. NaN stays. */
// @ts-ignore: decorator
@inline
export function expLanes(x: v128): v128 {
  const lowest = constant(0);
  const bounded = f32x4.pmax(x, lowest);
  const rounded = madd(bounded, constant(1), constant(2));
  const n = f32x4.sub(rounded, constant(2));
  const r = madd(n, constant(4), madd(n, constant(3), bounded));
  const one = constant(10);
  let p = madd(constant(5), r, constant(6));
  p = madd(p, r, constant(7));
  p = madd(p, r, constant(8));
  p = madd(p, r, constant(9));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), one);
  const power = i32x4.add(i32x4.shl(rounded, 23), one);
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, lowest));
}

// @ts-ignore: decorator
@inline
export function exp(x: f32): f32 {
  return f32x4.extract_lane(expLanes(f32x4.splat(x)), 0);
}

/** Natural logarithm of a positive normal number, by the series of 2·artanh((m − 1)/(m + 1)). */
export function log(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  // m in √½ .. √2
  const exponent = <i32>((bits - 0x3fe6a09e667f3bcd) >> 52);
  const m = reinterpret<f64>(bits - (<i64>exponent << 52));
  const s = (m - 1) / (m + 1);
  const q = s * s;
  let sum: f64 = 1.0 / 17;
  for (let odd = 15; odd > 0; odd -= 2) sum = sum * q + 1 / <f64>odd;
  return <f64>exponent * 0.6931471805599453 + 2 * s * sum;
}
