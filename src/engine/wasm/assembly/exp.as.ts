// exp and log. Constants: a polynomial fitted to exp on ±½·ln 2 for the least relative error (3e-9 before rounding).
import { madd, splat } from './lanes.as';

const LOWEST: f32 = -87.3; // exp of it is the least normal number
const HIGHEST: f32 = 88.3;
const LOG2_E: f32 = 1.4426950408889634;
/** ln 2 in two parts, the first short enough that whole multiples of it are exact. */
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444170128554e-4;
/** 1.5·2²³: added to a float it leaves the nearest whole number in the low bits. */
const ROUND: f32 = 12582912;

/** exp in four lanes, to 1e-7 relative; 0 below −87.3, and no more than exp(88.3). NaN stays. */
export function expLanes(x: v128): v128 {
  const bounded = f32x4.pmin(f32x4.pmax(x, splat(LOWEST)), splat(HIGHEST));
  const rounded = madd(bounded, splat(LOG2_E), splat(ROUND));
  const n = f32x4.sub(rounded, splat(ROUND));
  const r = madd(n, splat(-LN2_LOW), madd(n, splat(-LN2_HIGH), bounded));
  let p = madd(splat(0.001381461275741458), r, splat(0.008368710055947304));
  p = madd(p, r, splat(0.04166838899254799));
  p = madd(p, r, splat(0.1666652113199234));
  p = madd(p, r, splat(0.4999999403953552));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), splat(1));
  const power = i32x4.add(i32x4.shl(rounded, 23), i32x4.splat(0x3f800000));
  return v128.andnot(f32x4.mul(p, power), f32x4.lt(x, splat(LOWEST)));
}

// @ts-ignore: decorator
@inline
export function exp(x: f32): f32 {
  return f32x4.extract_lane(expLanes(splat(x)), 0);
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
