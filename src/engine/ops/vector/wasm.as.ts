import { float, int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** Place of the largest gradient norm among the scalars. */
const MAX_NORM: usize = 20;

export function axpy(args: usize): void {
  const length = int(args, 2);
  const a = float(args, 3), b = float(args, 4);
  const A = splat(a), B = splat(b);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    const x = view(args, 0), y = view(args, 1);
    for (; i + 4 <= end; i += 4) {
      const at = <usize>i << 2;
      const scaled = f32x4.mul(v128.load(x + at), A);
      // With b = 0 what y holds does not count, not even NaN.
      v128.store(y + at, b == 0 ? scaled : madd(v128.load(y + at), B, scaled));
    }
    for (; i < end; i++) {
      const at = <usize>i << 2;
      const scaled = load<f32>(x + at) * a;
      store<f32>(y + at, b == 0 ? scaled : load<f32>(y + at) * b + scaled);
    }
  }
}

export function fill(args: usize): void {
  const length = int(args, 1);
  const value = float(args, 2);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    const x = view(args, 0);
    if (reinterpret<u32>(value) == 0) {
      memory.fill(x + (<usize>i << 2), 0, <usize>(end - i) << 2);
      continue;
    }
    for (; i + 4 <= end; i += 4) v128.store(x + (<usize>i << 2), splat(value));
    for (; i < end; i++) store<f32>(x + (<usize>i << 2), value);
  }
}

/** Elements of a slice, as `sumSquaresSlice` in vector.ts. */
const SLICE: i32 = 8192;

export function sumSquares(args: usize): void {
  const length = int(args, 2), first = int(args, 3);
  for (let task = nextTask(); task < ceilDiv(length, SLICE); task = nextTask()) {
    let i = task * SLICE;
    const end = min(length, i + SLICE);
    let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    let at = view(args, 0) + (<usize>i << 2);
    for (; i + 16 <= end; i += 16) {
      const x0 = v128.load(at), x1 = v128.load(at, 16), x2 = v128.load(at, 32), x3 = v128.load(at, 48);
      s0 = madd(x0, x0, s0);
      s1 = madd(x1, x1, s1);
      s2 = madd(x2, x2, s2);
      s3 = madd(x3, x3, s3);
      at += 64;
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (; i < end; i++) {
      const x = load<f32>(at);
      sum += x * x;
      at += 4;
    }
    store<f32>(view(args, 1) + (<usize>(first + task) << 2), sum);
  }
}

export function clipFactor(args: usize): void {
  if (nextTask() != 0) return;
  const partials = view(args, 0), out = view(args, 2);
  const maxNorm = load<f32>(view(args, 1), MAX_NORM);
  let sum: f64 = 0;
  for (let i = 0; i < int(args, 3); i++) sum += <f64>load<f32>(partials + (<usize>i << 2));
  const norm = sqrt<f64>(sum);
  store<f32>(out, <f32>norm);
  store<f32>(out, maxNorm > 0 ? <f32>min<f64>(1, <f64>maxNorm / (norm + 1e-6)) : 1, 4);
}
