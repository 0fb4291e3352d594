// The tile kernel: C[rows, 8] = alpha·A·B (added to C when `add`), A a panel of `rows` rows and B a panel of eight
// columns, `depth` steps long. All sums stay in registers, which is why it is written out row by row, and alpha in
// memory: with six rows there are fifteen vectors in the loop, and a sixteenth would spill in some browsers. For the
// same reason the loop is not unrolled.
import { madd, zero } from './lanes.as';

// @ts-ignore: decorator
@inline
function put(c: usize, low: v128, high: v128, scale: v128, add: bool): void {
  low = f32x4.mul(low, scale);
  high = f32x4.mul(high, scale);
  if (add) {
    low = f32x4.add(low, v128.load(c));
    high = f32x4.add(high, v128.load(c, 16));
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/** 4 rows. */
export function tile4(
  a: usize, b: usize, depth: i32, c: usize, stride: usize, alpha: usize, add: bool,
): void {
  let c00 = zero(), c01 = zero();
  let c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero();
  const end = b + (<usize>depth << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    a += 16;
    b += 32;
  }
  const scale = v128.load32_splat(alpha);
  put(c, c00, c01, scale, add);
  c += stride;
  put(c, c10, c11, scale, add);
  c += stride;
  put(c, c20, c21, scale, add);
  c += stride;
  put(c, c30, c31, scale, add);
}

/** 6 rows. */
export function tile6(
  a: usize, b: usize, depth: i32, c: usize, stride: usize, alpha: usize, add: bool,
): void {
  let c00 = zero(), c01 = zero();
  let c10 = zero(), c11 = zero();
  let c20 = zero(), c21 = zero();
  let c30 = zero(), c31 = zero();
  let c40 = zero(), c41 = zero();
  let c50 = zero(), c51 = zero();
  const end = b + (<usize>depth << 5);
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
    x = v128.load32_splat(a, 20);
    c50 = madd(x, b0, c50);
    c51 = madd(x, b1, c51);
    a += 24;
    b += 32;
  }
  const scale = v128.load32_splat(alpha);
  put(c, c00, c01, scale, add);
  c += stride;
  put(c, c10, c11, scale, add);
  c += stride;
  put(c, c20, c21, scale, add);
  c += stride;
  put(c, c30, c31, scale, add);
  c += stride;
  put(c, c40, c41, scale, add);
  c += stride;
  put(c, c50, c51, scale, add);
}
