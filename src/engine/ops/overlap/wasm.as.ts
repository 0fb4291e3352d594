// Overlaps of matrices: a task is a pair.
import { int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { nextTask } from '../../wasm/assembly/threads.as';

// @ts-ignore: decorator
@inline
function field(table: usize, pair: i32, index: i32): i32 {
  return load<i32>(table + (<usize>(pair * 8 + index) << 2));
}

function dotRow(x: usize, y: usize, width: i32): f32 {
  let sums = zero();
  let c = 0;
  for (; c + 4 <= width; c += 4) sums = madd(v128.load(x + (<usize>c << 2)), v128.load(y + (<usize>c << 2)), sums);
  let sum = sumLanes(sums);
  for (; c < width; c++) sum += load<f32>(x + (<usize>c << 2)) * load<f32>(y + (<usize>c << 2));
  return sum;
}

export function overlap(args: usize): void {
  const a = view(args, 0), o = view(args, 1), table = view(args, 2), products = view(args, 3);
  const pairs = int(args, 4);
  for (let pair = nextTask(); pair < pairs; pair = nextTask()) {
    const rows = field(table, pair, 3), others = field(table, pair, 4), width = field(table, pair, 5);
    const stride = <usize>width << 2;
    const fromA = a + (<usize>field(table, pair, 0) << 2);
    const fromO = o + (<usize>field(table, pair, 1) << 2);
    let to = products + (<usize>field(table, pair, 6) << 2);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < others; j++) {
        store<f32>(to, dotRow(fromA + <usize>i * stride, fromO + <usize>j * stride, width));
        to += 4;
      }
  }
}

/** y += s·x */
function addRow(x: usize, y: usize, width: i32, s: f32): void {
  const S = splat(s);
  let c = 0;
  for (; c + 4 <= width; c += 4) {
    const at = <usize>c << 2;
    v128.store(y + at, f32x4.add(v128.load(y + at), f32x4.mul(v128.load(x + at), S)));
  }
  for (; c < width; c++) {
    const at = <usize>c << 2;
    store<f32>(y + at, load<f32>(y + at) + load<f32>(x + at) * s);
  }
}

export function overlapGrad(args: usize): void {
  const products = view(args, 0), o = view(args, 1), table = view(args, 2), da = view(args, 4);
  const strength = load<f32>(view(args, 3));
  const pairs = int(args, 5);
  for (let pair = nextTask(); pair < pairs; pair = nextTask()) {
    const rows = field(table, pair, 3), others = field(table, pair, 4), width = field(table, pair, 5);
    const stride = <usize>width << 2;
    const fromO = o + (<usize>field(table, pair, 1) << 2);
    const to = da + (<usize>field(table, pair, 2) << 2);
    let from = products + (<usize>field(table, pair, 6) << 2);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < others; j++) {
        const product = load<f32>(from);
        if (product != 0) addRow(fromO + <usize>j * stride, to + <usize>i * stride, width, product > 0 ? strength : -strength);
        from += 4;
      }
  }
}
