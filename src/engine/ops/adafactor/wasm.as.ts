// Adafactor's six instructions over a table of tensors. A task is some rows of all tensors together, or some
// columns of the factored ones.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { ceilDiv } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

const ENTRY: usize = 32; // bytes of a tensor's row in the table
const TINY: f32 = 1e-30;
/** Places among the scalars. */
const RATE: usize = 8;
const DECAY: usize = 24;
const ROWS: i32 = 64;
const COLUMNS: i32 = 16;

/** The tensor whose rows (`slot` 24) or columns (`slot` 28) have number `place`; from `entry` on. */
function entryOf(entry: usize, end: usize, place: i32, slot: usize): usize {
  while (entry + ENTRY < end && countOf(entry + ENTRY, slot) <= place) entry += ENTRY;
  return entry;
}

// @ts-ignore: decorator
@inline
function countOf(entry: usize, slot: usize): i32 {
  return load<i32>(entry + slot);
}

// @ts-ignore: decorator
@inline
function offsetOf(entry: usize): usize {
  return <usize>load<u32>(entry) << 2;
}

// @ts-ignore: decorator
@inline
function rowsOf(entry: usize): i32 {
  return load<i32>(entry, 4);
}

// @ts-ignore: decorator
@inline
function colsOf(entry: usize): i32 {
  return load<i32>(entry, 8);
}

// @ts-ignore: decorator
@inline
function factored(entry: usize): bool {
  return load<i32>(entry, 12) != 0;
}

// @ts-ignore: decorator
@inline
function rowState(state: usize, entry: usize, r: i32): usize {
  return state + (<usize>(load<u32>(entry, 16) + r) << 2);
}

// @ts-ignore: decorator
@inline
function columnState(state: usize, entry: usize, c: i32): usize {
  return state + (<usize>(load<u32>(entry, 20) + c) << 2);
}

// @ts-ignore: decorator
@inline
function mix(state: usize, beta: f32, mean: f32): void {
  store<f32>(state, beta * load<f32>(state) + (1 - beta) * (mean + TINY));
}

/** Σ (g·clip)² of a row. */
function squaresOfRow(g: usize, cols: i32, clip: f32): f32 {
  let sums = zero();
  let c = 0;
  for (; c + 4 <= cols; c += 4) {
    const x = f32x4.mul(v128.load(g + (<usize>c << 2)), splat(clip));
    sums = madd(x, x, sums);
  }
  let sum = sumLanes(sums);
  for (; c < cols; c++) {
    const x = load<f32>(g + (<usize>c << 2)) * clip;
    sum += x * x;
  }
  return sum;
}

export function adafactorRows(args: usize): void {
  const gradients = view(args, 0), table = view(args, 2), state = view(args, 4);
  const clip = load<f32>(view(args, 1), 4);
  const beta = load<f32>(view(args, 3), DECAY);
  const end = table + <usize>int(args, 5) * ENTRY;
  const rows = int(args, 6);
  for (let task = nextTask(); task < ceilDiv(rows, ROWS); task = nextTask()) {
    let entry = table;
    for (let n = task * ROWS; n < min(rows, (task + 1) * ROWS); n++) {
      entry = entryOf(entry, end, n, 24);
      const r = n - load<i32>(entry, 24);
      const cols = colsOf(entry);
      const g = gradients + offsetOf(entry) + (<usize>r * <usize>cols << 2);
      mix(rowState(state, entry, r), beta, squaresOfRow(g, cols, clip) / <f32>cols);
    }
  }
}

/** The tensor with factored column number `place`: the last factored one that begins at or before it. */
function entryOfColumn(table: usize, end: usize, place: i32): usize {
  let found = table;
  for (let entry = table; entry < end; entry += ENTRY)
    if (factored(entry) && load<i32>(entry, 28) <= place) found = entry;
  return found;
}

export function adafactorColumns(args: usize): void {
  const gradients = view(args, 0), table = view(args, 2), state = view(args, 4);
  const clip = load<f32>(view(args, 1), 4);
  const beta = load<f32>(view(args, 3), DECAY);
  const end = table + <usize>int(args, 5) * ENTRY;
  const columns = int(args, 6);
  for (let task = nextTask(); task < ceilDiv(columns, COLUMNS); task = nextTask()) {
    let place = task * COLUMNS;
    const last = min(columns, place + COLUMNS);
    while (place < last) {
      const entry = entryOfColumn(table, end, place);
      const c = place - load<i32>(entry, 28);
      const cols = colsOf(entry), rows = rowsOf(entry);
      const stride = <usize>cols << 2;
      let g = gradients + offsetOf(entry) + (<usize>c << 2);
      const to = columnState(state, entry, c);
      if (c + COLUMNS <= cols && place + COLUMNS <= last) {
        let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
        for (let r = 0; r < rows; r++) {
          const x0 = f32x4.mul(v128.load(g), splat(clip)), x1 = f32x4.mul(v128.load(g, 16), splat(clip));
          const x2 = f32x4.mul(v128.load(g, 32), splat(clip)), x3 = f32x4.mul(v128.load(g, 48), splat(clip));
          s0 = madd(x0, x0, s0);
          s1 = madd(x1, x1, s1);
          s2 = madd(x2, x2, s2);
          s3 = madd(x3, x3, s3);
          g += stride;
        }
        mixLanes(to, beta, s0, rows);
        mixLanes(to + 16, beta, s1, rows);
        mixLanes(to + 32, beta, s2, rows);
        mixLanes(to + 48, beta, s3, rows);
        place += COLUMNS;
        continue;
      }
      let sum: f32 = 0;
      for (let r = 0; r < rows; r++) {
        const x = load<f32>(g) * clip;
        sum += x * x;
        g += stride;
      }
      mix(to, beta, sum / <f32>rows);
      place++;
    }
  }
}

// @ts-ignore: decorator
@inline
function mixLanes(state: usize, beta: f32, sums: v128, rows: i32): void {
  const mean = f32x4.add(f32x4.div(sums, splat(<f32>rows)), splat(TINY));
  v128.store(state, madd(v128.load(state), splat(beta), f32x4.mul(mean, splat(1 - beta))));
}

/** Σ of a vector, in float64. */
function total(x: usize, length: i32): f64 {
  let sum: f64 = 0;
  for (let i = 0; i < length; i++) sum += <f64>load<f32>(x + (<usize>i << 2));
  return sum;
}

export function adafactorMeans(args: usize): void {
  const table = view(args, 0), state = view(args, 1), stats = view(args, 2);
  for (let i = nextTask(); i < int(args, 3); i = nextTask()) {
    const entry = table + <usize>i * ENTRY;
    const rows = rowsOf(entry);
    const mean: f32 = factored(entry) ? <f32>(total(rowState(state, entry, 0), rows) / <f64>rows) : 1;
    store<f32>(stats + (<usize>i << 2), mean);
  }
}

/** What all u of a row have in common: clip·rsqrt(row moment / mean of the row moments). */
// @ts-ignore: decorator
@inline
function rowFactor(state: usize, entry: usize, r: i32, table: usize, stats: usize, clip: f32): f32 {
  const row = load<f32>(rowState(state, entry, r));
  if (!factored(entry)) return clip / sqrt<f32>(row);
  const mean = load<f32>(stats + ((entry - table) / ENTRY << 2));
  return clip / sqrt<f32>(row / mean);
}

export function adafactorSquares(args: usize): void {
  const gradients = view(args, 0), table = view(args, 2), state = view(args, 3), stats = view(args, 4);
  const partials = view(args, 5);
  const clip = load<f32>(view(args, 1), 4);
  const end = table + <usize>int(args, 6) * ENTRY;
  const rows = int(args, 7);
  for (let task = nextTask(); task < ceilDiv(rows, ROWS); task = nextTask()) {
    let entry = table;
    for (let n = task * ROWS; n < min(rows, (task + 1) * ROWS); n++) {
      entry = entryOf(entry, end, n, 24);
      const r = n - load<i32>(entry, 24);
      const cols = colsOf(entry);
      const g = gradients + offsetOf(entry) + (<usize>r * <usize>cols << 2);
      const factor = rowFactor(state, entry, r, table, stats, clip);
      const column = factored(entry) ? columnState(state, entry, 0) : 0;
      let sums = zero();
      let c = 0;
      for (; c + 4 <= cols; c += 4) {
        const at = <usize>c << 2;
        const x = f32x4.mul(v128.load(g + at), splat(factor));
        // u² = x²/column moment
        const square = f32x4.mul(x, x);
        sums = f32x4.add(sums, column ? f32x4.div(square, v128.load(column + at)) : square);
      }
      let sum = sumLanes(sums);
      for (; c < cols; c++) {
        const at = <usize>c << 2;
        const x = load<f32>(g + at) * factor;
        sum += column ? (x * x) / load<f32>(column + at) : x * x;
      }
      store<f32>(partials + (<usize>n << 2), sum);
    }
  }
}

export function adafactorNorms(args: usize): void {
  const table = view(args, 0), partials = view(args, 1), stats = view(args, 3);
  const rate = load<f32>(view(args, 2), RATE);
  const tensors = int(args, 4);
  const clipThreshold = <f64>float(args, 5);
  for (let i = nextTask(); i < tensors; i = nextTask()) {
    const entry = table + <usize>i * ENTRY;
    const rows = rowsOf(entry);
    const sum = total(partials + (<usize>load<u32>(entry, 24) << 2), rows);
    const rms = sqrt<f64>(sum / (<f64>rows * <f64>colsOf(entry)));
    store<f32>(stats + (<usize>(tensors + i) << 2), <f32>(<f64>rate / max<f64>(1, rms / clipThreshold)));
  }
}

export function adafactorApply(args: usize): void {
  const gradients = view(args, 0), table = view(args, 2), state = view(args, 3), stats = view(args, 4);
  const weights = view(args, 6);
  const clip = load<f32>(view(args, 1), 4);
  const tensors = int(args, 7);
  const end = table + <usize>tensors * ENTRY;
  const rows = int(args, 8);
  const keep: f32 = 1 - load<f32>(view(args, 5), RATE) * float(args, 9);
  for (let task = nextTask(); task < ceilDiv(rows, ROWS); task = nextTask()) {
    let entry = table;
    for (let n = task * ROWS; n < min(rows, (task + 1) * ROWS); n++) {
      entry = entryOf(entry, end, n, 24);
      const r = n - load<i32>(entry, 24);
      const cols = colsOf(entry);
      const row = offsetOf(entry) + (<usize>r * <usize>cols << 2);
      const g = gradients + row, w = weights + row;
      const place = (entry - table) / ENTRY;
      const rate = load<f32>(stats + ((<usize>tensors + place) << 2));
      const factor = rate * rowFactor(state, entry, r, table, stats, clip);
      const column = factored(entry) ? columnState(state, entry, 0) : 0;
      let c = 0;
      for (; c + 4 <= cols; c += 4) {
        const at = <usize>c << 2;
        let move = f32x4.mul(v128.load(g + at), splat(factor));
        if (column) move = f32x4.div(move, f32x4.sqrt(v128.load(column + at)));
        v128.store(w + at, f32x4.sub(f32x4.mul(v128.load(w + at), splat(keep)), move));
      }
      for (; c < cols; c++) {
        const at = <usize>c << 2;
        let move = load<f32>(g + at) * factor;
        if (column) move /= sqrt<f32>(load<f32>(column + at));
        store<f32>(w + at, load<f32>(w + at) * keep - move);
      }
    }
  }
}
