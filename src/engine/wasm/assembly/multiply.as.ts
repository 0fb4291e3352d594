// Rows of A times panels of B: what matmul and attention are made of.
import { packA4, packA6, panelBytes, TALL, WIDE } from './pack.as';
import { settle, tile4, tile6 } from './tile.as';

/** Rows of A that are packed at a time; a few kilobytes that the first-level cache holds. */
const ROWS: i32 = 24;

// @ts-ignore: decorator
@inline
function packedRows(depth: i32): usize {
  return <usize>(ROWS / 4) * panelBytes(depth, 4);
}

/** Bytes of `buffer` that `multiply` needs for a depth: packed rows and one tile. */
// @ts-ignore: decorator
@inline
export function multiplyBuffer(depth: i32): usize {
  return packedRows(depth) + (<usize>(TALL * WIDE) << 2);
}

/** One packed panel of A against all panels of B. */
// @ts-ignore: decorator
@inline
function sweep(
  a: usize, b: usize, depth: i32, columns: i32, rows: i32, height: i32,
  c: usize, stride: usize, alpha: f32, add: bool, tile: usize,
): void {
  const panel = panelBytes(depth, WIDE);
  let j = 0;
  if (rows >= height && alpha == 1 && !add) {
    for (; j + WIDE <= columns; j += WIDE) {
      if (height == 6) tile6(a, b, depth, c, stride);
      else tile4(a, b, depth, c, stride);
      b += panel;
      c += WIDE << 2;
    }
  }
  for (; j < columns; j += WIDE) {
    if (height == 6) tile6(a, b, depth, tile, WIDE << 2);
    else tile4(a, b, depth, tile, WIDE << 2);
    settle(tile, c, stride, min(rows, height), columns - j, alpha, add);
    b += panel;
    c += WIDE << 2;
  }
}

/** How many of the last panels are four rows high, so that the fewest padded rows are computed. */
function foursOf(rows: i32): i32 {
  if (TALL == 4) return (rows + 3) >> 2;
  const rest = rows % 6;
  if (rest == 0 || rest == 5) return 0;
  return rest <= 2 && rows > 6 ? 2 : 1;
}

/**
 * C[rows, columns] = alpha·A·B, or C += alpha·A·B when `add`. A is read through strides in bytes (`row`, `step`
 * along the depth); B is packed; C's rows are `stride` bytes apart. A depth of 0 gives zeros.
 */
export function multiply(
  a: usize, row: usize, step: usize, rows: i32, b: usize, columns: i32, depth: i32,
  c: usize, stride: usize, alpha: f32, add: bool, buffer: usize,
): void {
  const tile = buffer + packedRows(depth);
  const fours = foursOf(rows);
  let sixes = rows - 4 * fours > 0 ? (rows - 4 * fours + 5) / 6 : 0;
  let left = rows;
  while (sixes > 0) {
    const panels = min(sixes, ROWS / 6);
    const count = min(left, panels * 6);
    packA6(buffer, a, row, step, count, depth);
    for (let r = 0; r < count; r += 6) {
      sweep(buffer + <usize>(r / 6) * panelBytes(depth, 6), b, depth, columns, count - r, 6, c, stride, alpha, add, tile);
      c += 6 * stride;
    }
    a += <usize>count * row;
    left -= count;
    sixes -= panels;
  }
  while (left > 0) {
    const count = min(left, (ROWS / 4) * 4);
    packA4(buffer, a, row, step, count, depth);
    for (let r = 0; r < count; r += 4) {
      sweep(buffer + <usize>(r / 4) * panelBytes(depth, 4), b, depth, columns, count - r, 4, c, stride, alpha, add, tile);
      c += 4 * stride;
    }
    a += <usize>count * row;
    left -= count;
  }
}
