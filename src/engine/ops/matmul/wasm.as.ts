// Matrix product. C is cut into blocks that threads take one by one; a block packs the columns of B that it
// needs, a stretch of K at a time, and sweeps its rows over them. Both operands are packed, so NN, NT and TN
// run alike.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { widenBlock } from '../../wasm/assembly/halves.as';
import { multiply, multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packB, panelBytes, WIDE } from '../../wasm/assembly/pack.as';
import { drop, dropLanes, maskKey, maskThreshold, onward, places } from '../../wasm/assembly/random.as';
import { rowProduct } from '../../wasm/assembly/rows.as';
import { ceilDiv } from '../../wasm/assembly/tasks.as';
import { nextTask, threadCount, workspace } from '../../wasm/assembly/threads.as';

/** Longest stretch of K and widest block of columns: a packed block of B stays in the second-level cache. */
const DEPTH: i32 = 384;
const BLOCK: i32 = 256;
/** Blocks of rows are a multiple of this, which both heights of the tile divide. */
const ROWS: i32 = 12;
/** Columns of an f16 B that are widened at a time: they stay in the first caches until they are packed. */
const HALF_COLUMNS: i32 = 32;
/** The same where rows are few and nothing is packed. */
const HALF_FEW: i32 = 16;
/** Rows below which packing B costs more than it saves. */
const FEW: i32 = 4;

/** C = R + drop(C) over a block; `index` is that of the block's first element in the mask. */
function addResidual(
  c: usize, r: usize, stride: usize, rows: i32, columns: i32, index: u32, N: i32,
  key: u32, threshold: u32, scale: f32,
): void {
  const T = i32x4.splat(threshold), S = f32x4.splat(scale);
  for (let i = 0; i < rows; i++) {
    let at4 = places(key, index);
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      const at = <usize>j << 2;
      const x = v128.load(c + at);
      const kept = threshold ? dropLanes(x, at4, T, S) : x;
      v128.store(c + at, f32x4.add(v128.load(r + at), kept));
      at4 = onward(at4);
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

/**
 * How many parts to cut `size` into for the threads: two for each where it is long, so that a thread that is held up
 * does not hold up the rest. `least` is how many it has to have.
 */
function partsOf(size: i32, least: i32, unit: i32): i32 {
  const threads = threadCount();
  const wanted = threads * (size >= 256 * threads ? 2 : 1);
  return max(least, min(ceilDiv(size, unit), ceilDiv(least, wanted) * wanted));
}

/** Blocks of columns; only the longer side of C is cut for the threads, since each block packs the other side. */
function columnBlocks(M: i32, N: i32): i32 {
  const least = ceilDiv(N, BLOCK);
  return threadCount() == 1 || M > N ? least : partsOf(N, least, 2 * WIDE);
}

/** Blocks of rows. */
function rowBlocks(M: i32, N: i32, columns: i32): i32 {
  const threads = threadCount();
  if (threads == 1) return 1;
  if (M > N) return partsOf(M, 1, ROWS);
  return max(1, min(ceilDiv(M, ROWS), ceilDiv(threads, columns)));
}

/** Stretches of equal length that K is cut into. */
function depthOf(K: i32): i32 {
  return max(1, min(K, (ceilDiv(K, max(1, ceilDiv(K, DEPTH))) + 3) & ~3));
}

// @ts-ignore: decorator
@inline
function packedBlock(depth: i32): usize {
  return <usize>(BLOCK / WIDE) * panelBytes(depth, WIDE);
}

export function matmulWorkspace(args: usize): usize {
  const K = int(args, 7);
  const depth = depthOf(K);
  const widened = int(args, 20) != 0 ? <usize>max(HALF_COLUMNS * depth, HALF_FEW * K) << 2 : 0;
  return multiplyBuffer(depth) + packedBlock(depth) + widened;
}

/** Packs columns of an f16 B, widened on the way. */
function packHalves(
  to: usize, from: usize, column: usize, step: usize, columns: i32, depth: i32, widened: usize,
): void {
  const contiguous = step == 2;
  for (let n = 0; n < columns; n += HALF_COLUMNS) {
    const some = min(HALF_COLUMNS, columns - n);
    widenBlock(widened, from, column, step, some, depth);
    packB(to, widened, contiguous ? <usize>depth << 2 : 4, contiguous ? 4 : <usize>some << 2, some, depth);
    from += <usize>HALF_COLUMNS * column;
    to += <usize>(HALF_COLUMNS / WIDE) * panelBytes(depth, WIDE);
  }
}

/** Few rows of A times columns of an f16 B, some columns at a time, widened for all the rows. */
function fewRowsOfHalves(
  a: usize, row: usize, aStep: usize, rows: i32, b: usize, column: usize, step: usize, columns: i32, K: i32,
  c: usize, stride: usize, alpha: f32, add: bool, widened: usize,
): void {
  const contiguous = step == 2;
  for (let n = 0; n < columns; n += HALF_FEW) {
    const some = min(HALF_FEW, columns - n);
    widenBlock(widened, b, column, step, some, K);
    for (let i = 0; i < rows; i++)
      rowProduct(
        a + <usize>i * row, aStep, widened, contiguous ? 4 : <usize>some << 2, contiguous ? <usize>K << 2 : 4,
        some, K, c + <usize>i * stride, alpha, add,
      );
    b += <usize>HALF_FEW * column;
    c += HALF_FEW << 2;
  }
}

export function matmul(args: usize): void {
  const M = int(args, 5), N = int(args, 6), K = int(args, 7);
  if (M <= 0 || N <= 0) return;
  const row = <usize>int(args, 8) << 2, step = <usize>int(args, 9) << 2;
  const half = int(args, 20) != 0;
  const size: usize = half ? 1 : 2;
  const stepB = <usize>int(args, 10) << size, column = <usize>int(args, 11) << size;
  const stride = <usize>int(args, 12) << 2;
  const a = view(args, 0) + (<usize>int(args, 13) << 2);
  const b = view(args, 1) + (<usize>int(args, 14) << size);
  const offset = <usize>int(args, 15) << 2;
  const c = view(args, 2) + offset;
  const r = view(args, 3) + offset;
  const beta = int(args, 16) != 0;
  const residual = int(args, 17) != 0;
  const factor = int(args, 19);
  const alpha: f32 = float(args, 21) * (factor ? load<f32>(view(args, 4) + (<usize>factor << 2)) : 1);
  const rate = float(args, 22);
  const key = maskKey(load<u32>(view(args, 4)), int(args, 18));
  const threshold = maskThreshold(rate);
  const scale: f32 = 1 / (1 - rate);

  const few = M < FEW && (row == 4 || step == 4);
  const depth = depthOf(K);
  const across = few ? min(ceilDiv(N, 64), 4 * threadCount()) : columnBlocks(M, N);
  const width = ceilDiv(ceilDiv(N, across), 16) * 16;
  const along = few ? 1 : rowBlocks(M, N, across);
  const height = ceilDiv(ceilDiv(M, along), ROWS) * ROWS;
  const buffer = workspace();
  const packed = buffer + multiplyBuffer(depth);
  const widened = packed + packedBlock(depth);

  for (let task = nextTask(); task < across * along; task = nextTask()) {
    const n = (task % across) * width;
    const m = (task / across) * height;
    const columns = min(width, N - n);
    const rows = min(height, M - m);
    if (columns <= 0 || rows <= 0) continue;
    const corner = c + <usize>m * stride + (<usize>n << 2);
    const fromB = b + <usize>n * column;
    const fromA = a + <usize>m * row;
    if (few && half) {
      fewRowsOfHalves(fromA, row, step, rows, fromB, column, stepB, columns, K, corner, stride, alpha, beta, widened);
    } else if (few) {
      for (let i = 0; i < rows; i++) {
        const from = fromA + <usize>i * row;
        rowProduct(from, step, fromB, stepB, column, columns, K, corner + <usize>i * stride, alpha, beta);
      }
    } else {
      for (let k = 0; k < K || k == 0; k += depth) {
        const deep = min(depth, K - k);
        const fromK = fromB + <usize>k * stepB;
        if (half) packHalves(packed, fromK, column, stepB, columns, deep, widened);
        else packB(packed, fromK, column, stepB, columns, deep);
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
