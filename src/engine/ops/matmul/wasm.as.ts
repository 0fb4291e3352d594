// Matrix product. C is cut into blocks that threads take one by one; a block packs the columns of B that it
// needs, a stretch of K at a time, and sweeps its rows over them. Both operands are packed, so NN, NT and TN
// run alike.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { multiply, multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packB, WIDE } from '../../wasm/assembly/pack.as';
import { drop, dropLanes, maskKey, maskThreshold } from '../../wasm/assembly/random.as';
import { nextTask, threadCount, workspace } from '../../wasm/assembly/threads.as';

/** Longest stretch of K and widest block of columns: a packed block of B stays in the second-level cache. */
const DEPTH: i32 = 384;
const BLOCK: i32 = 256;
/** Rows below which packing B costs more than it saves. */
const FEW: i32 = 4;

/** C = R + drop(C) over a block; `index` is that of the block's first element in the mask. */
function addResidual(
  c: usize, r: usize, stride: usize, rows: i32, columns: i32, index: u32, N: i32,
  key: u32, threshold: u32, scale: f32,
): void {
  for (let i = 0; i < rows; i++) {
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = <usize>j << 2;
      const x = dropLanes(v128.load(c + at), key, index + j, threshold, scale);
      v128.store(c + at, f32x4.add(v128.load(r + at), x));
    }
    for (; j < columns; j++) {
      const at = <usize>j << 2;
      store<f32>(c + at, load<f32>(r + at) + drop(load<f32>(c + at), key, index + j, threshold, scale));
    }
    c += stride;
    r += stride;
    index += N;
  }
}

/** One row of A against four rows of B that are contiguous along K. */
// @ts-ignore: decorator
@inline
function dots4(a: usize, b: usize, column: usize, K: i32): v128 {
  let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
  const whole = K & ~3;
  for (let k = 0; k < whole; k += 4) {
    const at = <usize>k << 2;
    const x = v128.load(a + at);
    s0 = madd(x, v128.load(b + at), s0);
    s1 = madd(x, v128.load(b + column + at), s1);
    s2 = madd(x, v128.load(b + 2 * column + at), s2);
    s3 = madd(x, v128.load(b + 3 * column + at), s3);
  }
  const low = f32x4.add(i32x4.shuffle(s0, s1, 0, 1, 4, 5), i32x4.shuffle(s0, s1, 2, 3, 6, 7));
  const high = f32x4.add(i32x4.shuffle(s2, s3, 0, 1, 4, 5), i32x4.shuffle(s2, s3, 2, 3, 6, 7));
  let sums = f32x4.add(i32x4.shuffle(low, high, 0, 2, 4, 6), i32x4.shuffle(low, high, 1, 3, 5, 7));
  for (let k = whole; k < K; k++) {
    const at = <usize>k << 2;
    const column4 = f32x4(
      load<f32>(b + at), load<f32>(b + column + at), load<f32>(b + 2 * column + at), load<f32>(b + 3 * column + at),
    );
    sums = madd(splat(load<f32>(a + at)), column4, sums);
  }
  return sums;
}

/** One row of C for a contiguous row of A, B contiguous along K, without packing. */
function rowOfDots(a: usize, b: usize, column: usize, columns: i32, K: i32, c: usize, alpha: f32, add: bool): void {
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

/** One row of C, B contiguous along the columns: strips of 16 columns. */
function rowOfStrips(
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
    const scale = splat(alpha);
    s0 = f32x4.mul(s0, scale);
    s1 = f32x4.mul(s1, scale);
    s2 = f32x4.mul(s2, scale);
    s3 = f32x4.mul(s3, scale);
    if (add) {
      s0 = f32x4.add(s0, v128.load(to));
      s1 = f32x4.add(s1, v128.load(to, 16));
      s2 = f32x4.add(s2, v128.load(to, 32));
      s3 = f32x4.add(s3, v128.load(to, 48));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
  for (; j < columns; j++) {
    let sum: f32 = 0;
    const from = b + (<usize>j << 2);
    for (let k = 0; k < K; k++) sum += load<f32>(a + <usize>k * aStep) * load<f32>(from + <usize>k * step);
    const to = c + (<usize>j << 2);
    store<f32>(to, add ? load<f32>(to) + alpha * sum : alpha * sum);
  }
}

// @ts-ignore: decorator
@inline
function ceilDiv(a: i32, b: i32): i32 {
  return (a + b - 1) / b;
}

/** Blocks of columns, and of rows, that C is cut into: enough for the threads, as few packings as can be. */
function columnBlocks(M: i32, N: i32): i32 {
  const most = ceilDiv(N, 2 * WIDE);
  const least = ceilDiv(N, BLOCK);
  if (threadCount() == 1) return least;
  // Several blocks a thread where C is large, so that a thread that is held up does not hold up the rest.
  const wanted = threadCount() * (N >= BLOCK * threadCount() ? 2 : 1);
  if (N < M && N < 64 * threadCount()) return least;
  return max(least, min(most, ceilDiv(least, wanted) * wanted));
}

function rowBlocks(M: i32, N: i32, columns: i32): i32 {
  const threads = threadCount();
  if (threads == 1 || columns >= threads) return 1;
  const wanted = threads * (M >= 96 * threads ? 2 : 1);
  return max(1, min(ceilDiv(M, 12), ceilDiv(wanted, columns)));
}

/** Stretches of equal length that K is cut into. */
function depthOf(K: i32): i32 {
  return min(K, (ceilDiv(K, max(1, ceilDiv(K, DEPTH))) + 3) & ~3);
}

export function matmulWorkspace(args: usize): usize {
  const depth = depthOf(int(args, 7));
  return multiplyBuffer(depth) + (<usize>(depth * BLOCK) << 2);
}

export function matmul(args: usize): void {
  const M = int(args, 5), N = int(args, 6), K = int(args, 7);
  const row = <usize>int(args, 8) << 2, step = <usize>int(args, 9) << 2;
  const stepB = <usize>int(args, 10) << 2, column = <usize>int(args, 11) << 2;
  const stride = <usize>int(args, 12) << 2;
  const a = view(args, 0) + (<usize>int(args, 13) << 2);
  const b = view(args, 1) + (<usize>int(args, 14) << 2);
  const offset = <usize>int(args, 15) << 2;
  const c = view(args, 2) + offset;
  const r = view(args, 3) + offset;
  const beta = int(args, 16) != 0;
  const residual = int(args, 17) != 0;
  const rate = float(args, 20);
  const alpha = float(args, 19);
  const key = maskKey(load<u32>(view(args, 4)), int(args, 18));
  const threshold = maskThreshold(rate);
  const scale: f32 = 1 / (1 - rate);

  const few = M < FEW && (row == 4 || step == 4);
  const depth = depthOf(K);
  const across = few ? min(ceilDiv(N, 64), 4 * threadCount()) : columnBlocks(M, N);
  const width = ceilDiv(ceilDiv(N, across), 16) * 16;
  const along = few ? 1 : rowBlocks(M, N, across);
  const height = ceilDiv(ceilDiv(M, along), 12) * 12;
  const buffer = workspace();
  const packed = buffer + multiplyBuffer(depth);

  for (let task = nextTask(); task < across * along; task = nextTask()) {
    const n = (task % across) * width;
    const m = (task / across) * height;
    const columns = min(width, N - n);
    const rows = min(height, M - m);
    if (columns <= 0 || rows <= 0) continue;
    const corner = c + <usize>m * stride + (<usize>n << 2);
    const fromB = b + <usize>n * column;
    const fromA = a + <usize>m * row;
    if (few) {
      for (let i = 0; i < rows; i++) {
        const to = corner + <usize>i * stride;
        const from = fromA + <usize>i * row;
        if (stepB == 4 && step == 4) rowOfDots(from, fromB, column, columns, K, to, alpha, beta);
        else if (column == 4) rowOfStrips(from, step, fromB, stepB, columns, K, to, alpha, beta);
        else slowRow(from, step, fromB, stepB, column, columns, K, to, alpha, beta);
      }
    } else {
      for (let k = 0; k < K || k == 0; k += depth) {
        const deep = min(depth, K - k);
        packB(packed, fromB + <usize>k * stepB, column, stepB, columns, deep);
        multiply(
          fromA + <usize>k * step, row, step, rows, packed, columns, deep, corner, stride, alpha, beta || k > 0, buffer,
        );
      }
    }
    if (residual) {
      const index = <u32>(m * N + n);
      addResidual(corner, r + <usize>m * stride + (<usize>n << 2), stride, rows, columns, index, N, key, threshold, scale);
    }
  }
}

/** One row of C, any strides. */
function slowRow(
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
