import { int, view } from '../../wasm/assembly/arguments.as';
import { madd, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { ceilDiv } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** Elements of a slice, as `dotSlice` in dot.ts. */
const SLICE: i32 = 8192;

export function dot(args: usize): void {
  const length = int(args, 3), first = int(args, 4);
  for (let task = nextTask(); task < ceilDiv(length, SLICE); task = nextTask()) {
    let i = task * SLICE;
    const end = min(length, i + SLICE);
    let s0 = zero(), s1 = zero(), s2 = zero(), s3 = zero();
    let x = view(args, 0) + (<usize>i << 2), y = view(args, 1) + (<usize>i << 2);
    for (; i + 16 <= end; i += 16) {
      s0 = madd(v128.load(x), v128.load(y), s0);
      s1 = madd(v128.load(x, 16), v128.load(y, 16), s1);
      s2 = madd(v128.load(x, 32), v128.load(y, 32), s2);
      s3 = madd(v128.load(x, 48), v128.load(y, 48), s3);
      x += 64;
      y += 64;
    }
    let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
    for (; i < end; i++) {
      sum += load<f32>(x) * load<f32>(y);
      x += 4;
      y += 4;
    }
    store<f32>(view(args, 2) + (<usize>(first + task) << 2), sum);
  }
}

export function projection(args: usize): void {
  if (nextTask() != 0) return;
  const products = view(args, 0), factors = view(args, 1);
  const count = int(args, 2);
  let along: f64 = 0, square: f64 = 0;
  for (let i = 0; i < count; i++) {
    along += <f64>load<f32>(products + (<usize>i << 2));
    square += <f64>load<f32>(products + (<usize>(count + i) << 2));
  }
  store<f32>(factors, along < 0 ? <f32>(-along / square) : 0);
  store<f32>(factors, 1, 4);
}
