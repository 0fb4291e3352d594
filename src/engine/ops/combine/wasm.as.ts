import { int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat } from '../../wasm/assembly/lanes.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

export function combine(args: usize): void {
  const x = view(args, 0), y = view(args, 1), factors = view(args, 2);
  const length = int(args, 3);
  const a = load<f32>(factors), b = load<f32>(factors, 4);
  if (a == 0 && b == 1) return;
  const A = splat(a), B = splat(b);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
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

export function rescale(args: usize): void {
  const y = view(args, 0);
  const length = int(args, 2);
  const a = load<f32>(view(args, 1));
  const A = splat(a);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    for (; i + 4 <= end; i += 4) {
      const at = y + (<usize>i << 2);
      v128.store(at, f32x4.mul(v128.load(at), A));
    }
    for (; i < end; i++) {
      const at = y + (<usize>i << 2);
      store<f32>(at, load<f32>(at) * a);
    }
  }
}
