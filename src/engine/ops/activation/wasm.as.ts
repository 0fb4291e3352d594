// gelu(x) = ½x(1 + tanh(u)) = x·σ(2u), u = √(2/π)(x + 0.044715x³): one exponential, and no cancellation where x is
// far below zero.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { expLanes } from '../../wasm/assembly/exp.as';
import { madd, splat } from '../../wasm/assembly/lanes.as';
import { dropLanes, maskKey, maskThreshold } from '../../wasm/assembly/random.as';
import { ceilDiv, rowsOfTask } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

const SLOPE: f32 = 1.5957691216057308; // 2·√(2/π)
const CUBIC: f32 = 0.0713548162726009; // 2·√(2/π)·0.044715

/** σ(2u) */
// @ts-ignore: decorator
@inline
function gate(x: v128): v128 {
  const u2 = f32x4.mul(x, madd(f32x4.mul(x, x), splat(CUBIC), splat(SLOPE)));
  const one = splat(1);
  return f32x4.div(one, f32x4.add(one, expLanes(f32x4.neg(u2))));
}

/** gelu'(x) = σ + x·σ·(1 − σ)·(2u)' */
// @ts-ignore: decorator
@inline
function slope(x: v128, sigma: v128): v128 {
  // Beyond ±16 σ is 0 or 1, and x² might be infinite.
  x = f32x4.pmin(f32x4.pmax(x, splat(-16)), splat(16));
  const derivative = madd(f32x4.mul(x, x), splat(3 * CUBIC), splat(SLOPE));
  const bend = f32x4.mul(f32x4.mul(x, sigma), f32x4.sub(splat(1), sigma));
  return madd(bend, derivative, sigma);
}

/** Four lanes of which only the first `count` may be touched. */
// @ts-ignore: decorator
@inline
function loadSome(at: usize, count: i32): v128 {
  if (count >= 4) return v128.load(at);
  let lanes = v128.load32_zero(at);
  if (count > 1) lanes = f32x4.replace_lane(lanes, 1, load<f32>(at, 4));
  if (count > 2) lanes = f32x4.replace_lane(lanes, 2, load<f32>(at, 8));
  return lanes;
}

// @ts-ignore: decorator
@inline
function storeSome(at: usize, lanes: v128, count: i32): void {
  if (count >= 4) {
    v128.store(at, lanes);
    return;
  }
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
      let to = out + <usize>n * half;
      for (let j = 0; j < dim; j += 4) {
        const count = dim - j;
        const x = loadSome(from, count);
        let y: v128;
        if (gated) y = f32x4.mul(f32x4.mul(x, gate(x)), loadSome(from + half, count));
        else y = f32x4.pmax(x, splat(0));
        storeSome(to, dropLanes(y, key, n * dim + j, threshold, scale), count);
        from += 16;
        to += 16;
      }
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
  const scale: f32 = 1 / (1 - rate);
  const half = <usize>dim << 2;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      let above = dOut + <usize>n * half;
      let at = <usize>n * half * (gated ? 2 : 1);
      for (let j = 0; j < dim; j += 4) {
        const count = dim - j;
        const d = dropLanes(loadSome(above, count), key, n * dim + j, threshold, scale);
        const x = loadSome(h + at, count);
        if (gated) {
          const sigma = gate(x);
          storeSome(dh + at, f32x4.mul(f32x4.mul(d, loadSome(h + at + half, count)), slope(x, sigma)), count);
          storeSome(dh + at + half, f32x4.mul(d, f32x4.mul(x, sigma)), count);
        } else {
          storeSome(dh + at, v128.and(d, f32x4.gt(x, splat(0))), count);
        }
        above += 16;
        at += 16;
      }
    }
  }
}
