// Half-precision numbers: weights that are frozen are kept so, and widened block by block as they are used.

/** 2^112: what a half's bits, shifted into a float32's place, are too small by. Subnormal halves come out right too. */
const REBIAS: u32 = 0x77800000;

/** Four halves as four float32. Infinities are not expected. */
// @ts-ignore: decorator
@inline
function widen4(from: usize): v128 {
  const h = v128.load16x4_u(from);
  const sign = i32x4.shl(v128.and(h, i32x4.splat(0x8000)), 16);
  const magnitude = i32x4.shl(v128.and(h, i32x4.splat(0x7fff)), 13);
  return v128.or(sign, f32x4.mul(magnitude, i32x4.splat(REBIAS)));
}

/** One half. */
// @ts-ignore: decorator
@inline
export function widen(from: usize): f32 {
  const h = <u32>load<u16>(from);
  const magnitude: f32 = reinterpret<f32>((h & 0x7fff) << 13) * reinterpret<f32>(REBIAS);
  return h & 0x8000 ? -magnitude : magnitude;
}

/** `length` halves side by side. */
export function widenRow(to: usize, from: usize, length: i32): void {
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    v128.store(to, widen4(from));
    v128.store(to, widen4(from + 8), 16);
    to += 32;
    from += 16;
  }
  for (; i < length; i++) {
    store<f32>(to, widen(from));
    to += 4;
    from += 2;
  }
}

/**
 * `columns` columns of B, `depth` deep, as float32. Strides of the source in bytes: `column`, `step`. Columns that are
 * contiguous along K stay so: column c is at c·depth; else step k is at k·columns.
 */
export function widenBlock(to: usize, from: usize, column: usize, step: usize, columns: i32, depth: i32): void {
  if (step == 2) {
    for (let c = 0; c < columns; c++) {
      widenRow(to, from, depth);
      to += <usize>depth << 2;
      from += column;
    }
    return;
  }
  for (let k = 0; k < depth; k++) {
    if (column == 2) widenRow(to, from, columns);
    else for (let c = 0; c < columns; c++) store<f32>(to + (<usize>c << 2), widen(from + <usize>c * column));
    to += <usize>columns << 2;
    from += step;
  }
}
