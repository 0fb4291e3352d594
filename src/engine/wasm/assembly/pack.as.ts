// Panels: `width` rows of a matrix laid side by side, so that the tile kernel reads both operands in one stream,
// whatever their strides were. Panel layout: [k][width]. Rows past the end are zeros.
//
// A source is read through two strides in bytes: `row` from one of the `width` rows to the next, `step` from one
// k to the next. For B the "rows" are its columns.

/** Widths of the panels of A: the tile has as many rows. Six rows of eight fit 16 registers only with madd. */
export const TALL: i32 = ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
/** Columns of a tile. */
export const WIDE: i32 = 8;

/** Bytes from one panel to the next: a line more than it needs, or the panels' beginnings would share cache sets. */
// @ts-ignore: decorator
@inline
export function panelBytes(depth: i32, width: i32): usize {
  return (<usize>(depth * width) << 2) + 64;
}

/** Four rows of four k: transposed into four consecutive steps of a panel. */
// @ts-ignore: decorator
@inline
function transpose4(from: usize, row: usize, to: usize, pitch: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + row);
  const r2 = v128.load(from + 2 * row);
  const r3 = v128.load(from + 3 * row);
  const a = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const b = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  const c = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
  const d = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
  v128.store(to, i64x2.shuffle(a, c, 0, 2));
  v128.store(to + pitch, i64x2.shuffle(a, c, 1, 3));
  v128.store(to + 2 * pitch, i64x2.shuffle(b, d, 0, 2));
  v128.store(to + 3 * pitch, i64x2.shuffle(b, d, 1, 3));
}

/** Two rows of four k. */
// @ts-ignore: decorator
@inline
function transpose2(from: usize, row: usize, to: usize, pitch: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + row);
  const a = i32x4.shuffle(r0, r1, 0, 4, 1, 5);
  const b = i32x4.shuffle(r0, r1, 2, 6, 3, 7);
  v128.store64_lane(to, a, 0);
  v128.store64_lane(to + pitch, a, 1);
  v128.store64_lane(to + 2 * pitch, b, 0);
  v128.store64_lane(to + 3 * pitch, b, 1);
}

/** Any strides, any number of rows: element by element. */
function packSlowly(
  to: usize, from: usize, row: usize, step: usize, rows: i32, width: i32, begin: i32, end: i32,
): void {
  for (let k = begin; k < end; k++) {
    const target = to + (<usize>(k * width) << 2);
    const source = from + <usize>k * step;
    for (let r = 0; r < rows; r++) store<f32>(target + (<usize>r << 2), load<f32>(source + <usize>r * row));
    for (let r = rows; r < width; r++) store<f32>(target + (<usize>r << 2), 0);
  }
}

// @ts-ignore: decorator
@inline
function transposePanel(to: usize, from: usize, row: usize, depth: i32, width: i32): void {
  const pitch = <usize>width << 2;
  const whole = depth & ~3;
  for (let k = 0; k < whole; k += 4) {
    transpose4(from, row, to, pitch);
    if (width == 8) transpose4(from + 4 * row, row, to + 16, pitch);
    if (width == 6) transpose2(from + 4 * row, row, to + 16, pitch);
    from += 16;
    to += 4 * pitch;
  }
  for (let k = whole; k < depth; k++) {
    for (let r = 0; r < width; r++) store<f32>(to + (<usize>r << 2), load<f32>(from + <usize>r * row));
    from += 4;
    to += pitch;
  }
}

/** One step of a panel whose rows lie side by side in the source. */
// @ts-ignore: decorator
@inline
function copyStep(to: usize, from: usize, width: i32): void {
  v128.store(to, v128.load(from));
  if (width == 8) v128.store(to, v128.load(from, 16), 16);
  if (width == 6) store<u64>(to, load<u64>(from, 16), 16);
}

/** Panels of side-by-side rows, together: each line of the source is then fetched once. */
// @ts-ignore: decorator
@inline
function copyPanels(to: usize, from: usize, step: usize, depth: i32, panels: i32, width: i32): void {
  const pitch = <usize>width << 2;
  const panel = panelBytes(depth, width);
  for (let k = 0; k < depth; k++) {
    let target = to;
    let source = from;
    for (let p = 0; p < panels; p++) {
      copyStep(target, source, width);
      target += panel;
      source += pitch;
    }
    to += pitch;
    from += step;
  }
}

/** Panels copied at once. */
const GROUP: i32 = 8;

// @ts-ignore: decorator
@inline
function packPanels(
  to: usize, from: usize, row: usize, step: usize, rows: i32, depth: i32, width: i32,
): void {
  const panel = panelBytes(depth, width);
  while (rows >= width) {
    let panels = 1;
    if (row == 4) {
      panels = min(rows / width, GROUP);
      copyPanels(to, from, step, depth, panels, width);
    } else if (step == 4) transposePanel(to, from, row, depth, width);
    else packSlowly(to, from, row, step, width, width, 0, depth);
    to += <usize>panels * panel;
    from += <usize>(panels * width) * row;
    rows -= panels * width;
  }
  if (rows > 0) packSlowly(to, from, row, step, rows, width, 0, depth);
}

/** Bytes of all panels of so many columns. */
// @ts-ignore: decorator
@inline
export function packedBytes(columns: i32, depth: i32): usize {
  return <usize>((columns + WIDE - 1) / WIDE) * panelBytes(depth, WIDE);
}

/** Packs `columns` columns of B, `depth` deep, into panels of eight. `column`, `step`: strides in bytes. */
export function packB(to: usize, from: usize, column: usize, step: usize, columns: i32, depth: i32): void {
  packPanels(to, from, column, step, columns, depth, 8);
}

/** Packs `rows` rows of A into panels of six. */
export function packA6(to: usize, from: usize, row: usize, step: usize, rows: i32, depth: i32): void {
  packPanels(to, from, row, step, rows, depth, 6);
}

/** Packs `rows` rows of A into panels of four. */
export function packA4(to: usize, from: usize, row: usize, step: usize, rows: i32, depth: i32): void {
  packPanels(to, from, row, step, rows, depth, 4);
}
