// One row of a matrix product, without packing: for the few rows of generation, where packing would cost more
// than the product.
import { madd, splat, zero } from './lanes.as';

/** A row against four rows of B that are contiguous along K. */
// @ts-ignore: decorator
@inline
function dots4(a: usize, b: usize, column: usize, K: i32): v128 {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  const b2 = b + 2 * column;
  const whole = K & ~3;
  for (let k = 0; k < whole; k += 4) {
    const at = <usize>k << 2;
    const x = v128.load(a + at);
    s0 = madd(x, v128.load(b + at), s0);
    s1 = madd(x, v128.load(b + column + at), s1);
    s2 = madd(x, v128.load(b2 + at), s2);
    s3 = madd(x, v128.load(b2 + column + at), s3);
  }
  const low = f32x4.add(i32x4.shuffle(s0, s1, 0, 1, 4, 5), i32x4.shuffle(s0, s1, 2, 3, 6, 7));
  const high = f32x4.add(i32x4.shuffle(s2, s3, 0, 1, 4, 5), i32x4.shuffle(s2, s3, 2, 3, 6, 7));
  let sums = f32x4.add(i32x4.shuffle(low, high, 0, 2, 4, 6), i32x4.shuffle(low, high, 1, 3, 5, 7));
  for (let k = whole; k < K; k++) {
    const at = <usize>k << 2;
    const four = f32x4(
      load<f32>(b + at), load<f32>(b + column + at), load<f32>(b2 + at), load<f32>(b2 + column + at),
    );
    sums = madd(splat(load<f32>(a + at)), four, sums);
  }
  return sums;
}

/** C[columns] = alpha·A·B for a contiguous row of A, and B contiguous along K, `column` bytes between columns. */
export function rowOfDots(
  a: usize, b: usize, column: usize, columns: i32, K: i32, c: usize, alpha: f32, add: bool,
): void {
  let j = 0;
  for (; j + 4 <= columns; j += 4) {
    let sums = f32x4.mul(dots4(a, b, column, K), splat(alpha));
    if (add) sums = f32x4.add(sums, v128.load(c));
    v128.store(c, sums);
    b += 4 * column;
    c += 16;
  }
  for (; j < columns; j++) {
    let sum: f32 = f32x4.extract_lane(dots4(a, b, 0, K), 0) * alpha;
    if (add) sum += load<f32>(c);
    store<f32>(c, sum);
    b += column;
    c += 4;
  }
}

// @ts-ignore: decorator
@inline
function put(to: usize, sum: v128, alpha: f32, add: bool): void {
  const scaled = f32x4.mul(sum, splat(alpha));
  v128.store(to, add ? f32x4.add(scaled, v128.load(to)) : scaled);
}

/** The same where B is contiguous along its columns: strips of 16 columns, `step` bytes from one k to the next. */
export function rowOfStrips(
  a: usize, aStep: usize, b: usize, step: usize, columns: i32, K: i32, c: usize, alpha: f32, add: bool,
): void {
  let j = 0;
  for (; j + 16 <= columns; j += 16) {
    let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    let from = b + (<usize>j << 2);
    let at = a;
    for (let k = 0; k < K; k++) {
      const x = v128.load32_splat(at);
      s0 = madd(x, v128.load(from), s0);
      s1 = madd(x, v128.load(from, 16), s1);
      s2 = madd(x, v128.load(from, 32), s2);
      s3 = madd(x, v128.load(from, 48), s3);
      from += step;
      at += aStep;
    }
    const to = c + (<usize>j << 2);
    put(to, s0, alpha, add);
    put(to + 16, s1, alpha, add);
    put(to + 32, s2, alpha, add);
    put(to + 48, s3, alpha, add);
  }
  const left = <usize>j << 2;
  if (j < columns) rowSlowly(a, aStep, b + left, step, 4, columns - j, K, c + left, alpha, add);
}

/** The same for any strides. */
export function rowSlowly(
  a: usize, aStep: usize, b: usize, step: usize, column: usize, columns: i32, K: i32, c: usize, alpha: f32, add: bool,
): void {
  for (let j = 0; j < columns; j++) {
    let sum: f32 = 0;
    const from = b + <usize>j * column;
    for (let k = 0; k < K; k++) sum += load<f32>(a + <usize>k * aStep) * load<f32>(from + <usize>k * step);
    const to = c + (<usize>j << 2);
    store<f32>(to, add ? load<f32>(to) + alpha * sum : alpha * sum);
  }
}

/** Whichever of the above fits the strides. */
export function rowProduct(
  a: usize, aStep: usize, b: usize, step: usize, column: usize, columns: i32, K: i32, c: usize, alpha: f32, add: bool,
): void {
  if (step == 4 && aStep == 4) rowOfDots(a, b, column, columns, K, c, alpha, add);
  else if (column == 4) rowOfStrips(a, aStep, b, step, columns, K, c, alpha, add);
  else rowSlowly(a, aStep, b, step, column, columns, K, c, alpha, add);
}
