import { int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat } from '../../wasm/assembly/lanes.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

export function addSquares(args: usize): void {
  const f = view(args, 0), g = view(args, 1), factors = view(args, 2);
  const length = int(args, 3);
  const a = load<f32>(factors), b = load<f32>(factors, 4);
  const A = splat(a), B = splat(b);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    for (; i + 4 <= end; i += 4) {
      const at = <usize>i << 2;
      const x = v128.load(g + at);
      v128.store(f + at, madd(v128.load(f + at), B, f32x4.mul(f32x4.mul(x, x), A)));
    }
    for (; i < end; i++) {
      const at = <usize>i << 2;
      const x = load<f32>(g + at);
      store<f32>(f + at, load<f32>(f + at) * b + x * x * a);
    }
  }
}

export function penaltyGrad(args: usize): void {
  const g = view(args, 0), x = view(args, 1), centre = view(args, 2), f = view(args, 3);
  const length = int(args, 5);
  const weighted = int(args, 6) != 0;
  const strength = load<f32>(view(args, 4));
  const A = splat(strength);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    for (; i + 4 <= end; i += 4) {
      const at = <usize>i << 2;
      const away = f32x4.sub(v128.load(x + at), v128.load(centre + at));
      const pull = weighted ? f32x4.mul(v128.load(f + at), A) : A;
      v128.store(g + at, madd(away, pull, v128.load(g + at)));
    }
    for (; i < end; i++) {
      const at = <usize>i << 2;
      const away = load<f32>(x + at) - load<f32>(centre + at);
      const pull = weighted ? load<f32>(f + at) * strength : strength;
      store<f32>(g + at, load<f32>(g + at) + away * pull);
    }
  }
}
