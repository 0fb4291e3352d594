// gelu(x) = ½x(1 + tanh(u)) = x·σ(2u), u = √(2/π)(x + 0.044715x³): one exponential, and no cancellation where x is
// far below zero.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { expLanes, HIGHEST } from '../../wasm/assembly/exp.as';
import { madd, zero } from '../../wasm/assembly/lanes.as';
import { dropLanes, maskKey, maskThreshold, onward, places } from '../../wasm/assembly/random.as';
import { ceilDiv, rowsOfTask } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';
import { dropRow } from '../dropout/wasm.as';

/** 2·√(2/π), that times 0.044715, three times that, 1, and bounds; loaded, for the reason in exp.as.ts. */
const CONSTANTS = memory.data<f32>([
  1.5957691216057308, 0.0713548162726009, 0.2140644488178027, 1, HIGHEST, -16, 16,
]);

// @ts-ignore: decorator
@inline
function constant(index: usize): v128 {
  return v128.load32_splat(CONSTANTS + (index << 2));
}

/** σ(2u) */
// @ts-ignore: decorator
@inline
function gate(x: v128): v128 {
  const u2 = f32x4.mul(x, madd(f32x4.mul(x, x), constant(1), constant(0)));
  const one = constant(3);
  return f32x4.div(one, f32x4.add(one, expLanes(f32x4.pmin(f32x4.neg(u2), constant(4)))));
}

/** gelu'(x) = σ + x·σ·(1 − σ)·(2u)' */
// @ts-ignore: decorator
@inline
function slope(x: v128, sigma: v128): v128 {
  // Beyond ±16 σ is 0 or 1, and x² might be infinite.
  x = f32x4.pmin(f32x4.pmax(x, constant(5)), constant(6));
  const derivative = madd(f32x4.mul(x, x), constant(2), constant(0));
  const bend = f32x4.mul(f32x4.mul(x, sigma), f32x4.sub(constant(3), sigma));
  return madd(bend, derivative, sigma);
}

/** The first `count` lanes, 1 to 3, of what lies past a row's end. */
// @ts-ignore: decorator
@inline
function loadSome(at: usize, count: i32): v128 {
  let lanes = v128.load32_zero(at);
  if (count > 1) lanes = f32x4.replace_lane(lanes, 1, load<f32>(at, 4));
  if (count > 2) lanes = f32x4.replace_lane(lanes, 2, load<f32>(at, 8));
  return lanes;
}

// @ts-ignore: decorator
@inline
function storeSome(at: usize, lanes: v128, count: i32): void {
  v128.store32_lane(at, lanes, 0);
  if (count > 1) v128.store32_lane(at + 4, lanes, 1);
  if (count > 2) v128.store32_lane(at + 8, lanes, 2);
}

export function activation(args: usize): void {
  const h = view(args, 0), out = view(args, 2);
  const rows = int(args, 3), dim = int(args, 4);
  const gated = int(args, 5) != 0;
  const rate = float(args, 7);
  const key = maskKey(load<u32>(view(args, 1)), int(args, 6));
  const threshold = maskThreshold(rate);
  const scale: f32 = 1 / (1 - rate);
  const half = <usize>dim << 2;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      let from = h + <usize>n * half * (gated ? 2 : 1);
      const row = out + <usize>n * half;
      let to = row;
      let j = 0;
      for (; j + 4 <= dim; j += 4) {
        const x = v128.load(from);
        let y: v128;
        if (gated) y = f32x4.mul(f32x4.mul(x, gate(x)), v128.load(from + half));
        else y = f32x4.pmax(x, zero());
        v128.store(to, y);
        from += 16;
        to += 16;
      }
      if (j < dim) {
        const x = loadSome(from, dim - j);
        let y: v128;
        if (gated) y = f32x4.mul(f32x4.mul(x, gate(x)), loadSome(from + half, dim - j));
        else y = f32x4.pmax(x, zero());
        storeSome(to, y, dim - j);
      }
      dropRow(row, row, dim, n * dim, key, threshold, scale);
    }
  }
}

export function activationGrad(args: usize): void {
  const dOut = view(args, 0), h = view(args, 1), dh = view(args, 3);
  const rows = int(args, 4), dim = int(args, 5);
  const gated = int(args, 6) != 0;
  const rate = float(args, 8);
  const key = maskKey(load<u32>(view(args, 2)), int(args, 7));
  const threshold = maskThreshold(rate);
  const T = i32x4.splat(threshold), S = f32x4.splat(1 / (1 - rate));
  const half = <usize>dim << 2;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      let above = dOut + <usize>n * half;
      let at = <usize>n * half * (gated ? 2 : 1);
      let at4 = places(key, n * dim);
      let j = 0;
      for (; j + 4 <= dim; j += 4) {
        let d = v128.load(above);
        if (threshold) d = dropLanes(d, at4, T, S);
        const x = v128.load(h + at);
        if (gated) {
          const sigma = gate(x);
          v128.store(dh + at, f32x4.mul(f32x4.mul(d, v128.load(h + at + half)), slope(x, sigma)));
          v128.store(dh + at + half, f32x4.mul(d, f32x4.mul(x, sigma)));
        } else {
          v128.store(dh + at, v128.and(d, f32x4.gt(x, zero())));
        }
        above += 16;
        at += 16;
        at4 = onward(at4);
      }
      if (j == dim) continue;
      const count = dim - j;
      const d = dropLanes(loadSome(above, count), at4, T, S);
      const x = loadSome(h + at, count);
      if (gated) {
        const sigma = gate(x);
        storeSome(dh + at, f32x4.mul(f32x4.mul(d, loadSome(h + at + half, count)), slope(x, sigma)), count);
        storeSome(dh + at + half, f32x4.mul(d, f32x4.mul(x, sigma)), count);
      } else {
        storeSome(dh + at, v128.and(d, f32x4.gt(x, zero())), count);
      }
    }
  }
}
