// RMS norm: a task is some rows; for the gradient of the weight, some columns over all rows.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { ceilDiv, rowsOfTask } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** Σ x² of a row. */
function squares(x: usize, dim: i32): f32 {
  let s0 = zero(), s1 = zero();
  let d = 0;
  for (; d + 8 <= dim; d += 8) {
    const at = x + (<usize>d << 2);
    const low = v128.load(at), high = v128.load(at, 16);
    s0 = madd(low, low, s0);
    s1 = madd(high, high, s1);
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (; d < dim; d++) {
    const value = load<f32>(x + (<usize>d << 2));
    sum += value * value;
  }
  return sum;
}

export function rmsNorm(args: usize): void {
  const x = view(args, 0), w = view(args, 1), y = view(args, 2), rstd = view(args, 3);
  const rows = int(args, 4), dim = int(args, 5);
  const epsilon = float(args, 6);
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      const row = <usize>n * <usize>dim << 2;
      const r: f32 = 1 / sqrt<f32>(squares(x + row, dim) / <f32>dim + epsilon);
      store<f32>(rstd + (<usize>n << 2), r);
      const scale = splat(r);
      let d = 0;
      for (; d + 4 <= dim; d += 4) {
        const at = <usize>d << 2;
        v128.store(y + row + at, f32x4.mul(f32x4.mul(v128.load(w + at), v128.load(x + row + at)), scale));
      }
      for (; d < dim; d++) {
        const at = <usize>d << 2;
        store<f32>(y + row + at, load<f32>(w + at) * load<f32>(x + row + at) * r);
      }
    }
  }
}

/** Σ dy·w·x of a row. */
function dots(dy: usize, w: usize, x: usize, dim: i32): f32 {
  let s = zero();
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    s = madd(f32x4.mul(v128.load(dy + at), v128.load(w + at)), v128.load(x + at), s);
  }
  let sum = sumLanes(s);
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    sum += load<f32>(dy + at) * load<f32>(w + at) * load<f32>(x + at);
  }
  return sum;
}

export function rmsNormGrad(args: usize): void {
  const dy = view(args, 0), x = view(args, 1), w = view(args, 2), rstd = view(args, 3), dx = view(args, 4);
  const rows = int(args, 5), dim = int(args, 6);
  const accumulate = int(args, 7) != 0;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      const row = <usize>n * <usize>dim << 2;
      const r = load<f32>(rstd + (<usize>n << 2));
      const slope = (-r * r * r * dots(dy + row, w, x + row, dim)) / <f32>dim;
      const R = splat(r), S = splat(slope);
      let d = 0;
      for (; d + 4 <= dim; d += 4) {
        const at = <usize>d << 2;
        const direct = f32x4.mul(f32x4.mul(R, v128.load(w + at)), v128.load(dy + row + at));
        let value = madd(v128.load(x + row + at), S, direct);
        if (accumulate) value = f32x4.add(value, v128.load(dx + row + at));
        v128.store(dx + row + at, value);
      }
      for (; d < dim; d++) {
        const at = <usize>d << 2;
        let value = r * load<f32>(w + at) * load<f32>(dy + row + at) + load<f32>(x + row + at) * slope;
        if (accumulate) value += load<f32>(dx + row + at);
        store<f32>(dx + row + at, value);
      }
    }
  }
}

/** Columns of a task of the weight's gradient: a cache line. */
const COLUMNS: i32 = 16;

// @ts-ignore: decorator
@inline
function addTo(at: usize, sum: v128): void {
  v128.store(at, f32x4.add(v128.load(at), sum));
}

export function rmsNormWeightGrad(args: usize): void {
  const dy = view(args, 0), x = view(args, 1), rstd = view(args, 2), dw = view(args, 3);
  const rows = int(args, 4), dim = int(args, 5);
  const stride = <usize>dim << 2;
  for (let task = nextTask(); task < ceilDiv(dim, COLUMNS); task = nextTask()) {
    const first = task * COLUMNS;
    const column = <usize>first << 2;
    if (first + COLUMNS <= dim) {
      let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
      let g = dy + column, v = x + column;
      for (let n = 0; n < rows; n++) {
        const r = v128.load32_splat(rstd + (<usize>n << 2));
        s0 = madd(f32x4.mul(v128.load(g), v128.load(v)), r, s0);
        s1 = madd(f32x4.mul(v128.load(g, 16), v128.load(v, 16)), r, s1);
        s2 = madd(f32x4.mul(v128.load(g, 32), v128.load(v, 32)), r, s2);
        s3 = madd(f32x4.mul(v128.load(g, 48), v128.load(v, 48)), r, s3);
        g += stride;
        v += stride;
      }
      addTo(dw + column, s0);
      addTo(dw + column + 16, s1);
      addTo(dw + column + 32, s2);
      addTo(dw + column + 48, s3);
      continue;
    }
    for (let d = first; d < dim; d++) {
      let sum: f32 = 0;
      for (let n = 0; n < rows; n++) {
        const at = <usize>n * stride + (<usize>d << 2);
        sum += load<f32>(dy + at) * load<f32>(x + at) * load<f32>(rstd + (<usize>n << 2));
      }
      const to = dw + (<usize>d << 2);
      store<f32>(to, load<f32>(to) + sum);
    }
  }
}
