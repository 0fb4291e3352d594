// The tile kernel: C[rows, 8] = A·B, A a panel of `rows` rows and B a panel of eight columns, `depth` steps long. All
// sums stay in registers, which is why it is written out row by row. With six rows there are fifteen vectors in the
// loop, as many as there are: unrolling it, or doing more with the sums after it than storing them, makes one browser
// or another spill, at half the speed.
import { madd, splat, zero } from './lanes.as';

/** 4 rows. */
export function tile4(a: usize, b: usize, depth: i32, c: usize, stride: usize): void {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
}

/** 6 rows. */
export function tile6(a: usize, b: usize, depth: i32, c: usize, stride: usize): void {
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
  v128.store(c, c00);
  v128.store(c, c01, 16);
  c += stride;
  v128.store(c, c10);
  v128.store(c, c11, 16);
  c += stride;
  v128.store(c, c20);
  v128.store(c, c21, 16);
  c += stride;
  v128.store(c, c30);
  v128.store(c, c31, 16);
  c += stride;
  v128.store(c, c40);
  v128.store(c, c41, 16);
  c += stride;
  v128.store(c, c50);
  v128.store(c, c51, 16);
}

/** C[rows, columns] = alpha·tile, or C += alpha·tile when `add`; the tile's rows are eight long. */
export function settle(
  tile: usize, c: usize, stride: usize, rows: i32, columns: i32, alpha: f32, add: bool,
): void {
  const scale = splat(alpha);
  for (let r = 0; r < rows; r++) {
    if (columns >= 8) {
      let low = f32x4.mul(v128.load(tile), scale);
      let high = f32x4.mul(v128.load(tile, 16), scale);
      if (add) {
        low = f32x4.add(low, v128.load(c));
        high = f32x4.add(high, v128.load(c, 16));
      }
      v128.store(c, low);
      v128.store(c, high, 16);
    } else {
      for (let j = 0; j < columns; j++) {
        const at = c + (<usize>j << 2);
        const sum = load<f32>(tile + (<usize>j << 2)) * alpha;
        store<f32>(at, add ? load<f32>(at) + sum : sum);
      }
    }
    tile += 32;
    c += stride;
  }
}
