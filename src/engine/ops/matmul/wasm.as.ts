// Matrix product. C is cut into blocks that threads take one by one; a block packs the columns of B that it
// needs, a stretch of K at a time, and sweeps its rows over them. Both operands are packed, so NN, NT and TN
// run alike.
import { float, int, view } from '../../wasm/assembly/arguments.as';
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

export function matmulWorkspace(args: usize): usize {
  const depth = depthOf(int(args, 7));
  return multiplyBuffer(depth) + <usize>(BLOCK / WIDE) * panelBytes(depth, WIDE);
}

export function matmul(args: usize): void {
  const M = int(args, 5), N = int(args, 6), K = int(args, 7);
  if (M <= 0 || N <= 0) return;
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
  const height = ceilDiv(ceilDiv(M, along), ROWS) * ROWS;
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
        const from = fromA + <usize>i * row;
        rowProduct(from, step, fromB, stepB, column, columns, K, corner + <usize>i * stride, alpha, beta);
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
