import { int, view } from '../../wasm/assembly/arguments.as';
import { maxLanes, splat } from '../../wasm/assembly/lanes.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** The largest of a row, at least −∞. */
export function largestOf(x: usize, dim: i32): f32 {
  let m0 = splat(-Infinity), m1 = m0, m2 = m0, m3 = m0;
  let d = 0;
  for (; d + 16 <= dim; d += 16) {
    const at = x + (<usize>d << 2);
    m0 = f32x4.pmax(m0, v128.load(at));
    m1 = f32x4.pmax(m1, v128.load(at, 16));
    m2 = f32x4.pmax(m2, v128.load(at, 32));
    m3 = f32x4.pmax(m3, v128.load(at, 48));
  }
  let largest = maxLanes(f32x4.pmax(f32x4.pmax(m0, m1), f32x4.pmax(m2, m3)));
  for (; d < dim; d++) {
    const value = load<f32>(x + (<usize>d << 2));
    if (value > largest) largest = value;
  }
  return largest;
}

function firstPlace(x: usize, dim: i32, value: f32): i32 {
  const wanted = splat(value);
  let d = 0;
  while (d + 4 <= dim && !v128.any_true(f32x4.eq(v128.load(x + (<usize>d << 2)), wanted))) d += 4;
  while (d < dim && load<f32>(x + (<usize>d << 2)) != value) d++;
  return d < dim ? d : 0;
}

export function argmax(args: usize): void {
  const x = view(args, 0), out = view(args, 1);
  const rows = int(args, 2), dim = int(args, 3), stride = int(args, 4), first = int(args, 5);
  for (let n = nextTask(); n < rows; n = nextTask()) {
    const row = x + (<usize>n * <usize>dim << 2);
    store<u32>(out + (<usize>(n * stride + first) << 2), firstPlace(row, dim, largestOf(row, dim)));
  }
}
