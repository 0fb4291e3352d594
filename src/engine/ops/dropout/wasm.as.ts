import { float, int, view } from '../../wasm/assembly/arguments.as';
import { drop, dropLanes, maskKey, maskThreshold, onward, places } from '../../wasm/assembly/random.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** `length` elements, the first of which is number `index` of the mask. `from` and `to` may be the same. */
export function dropRow(
  from: usize, to: usize, length: i32, index: u32, key: u32, threshold: u32, scale: f32,
): void {
  if (threshold == 0) {
    if (to != from) memory.copy(to, from, <usize>length << 2);
    return;
  }
  const T = i32x4.splat(threshold), S = f32x4.splat(scale);
  let at4 = places(key, index);
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    const at = <usize>i << 2;
    v128.store(to + at, dropLanes(v128.load(from + at), at4, T, S));
    at4 = onward(at4);
  }
  for (; i < length; i++) {
    const at = <usize>i << 2;
    store<f32>(to + at, drop(load<f32>(from + at), key, index + i, threshold, scale));
  }
}

export function dropout(args: usize): void {
  const x = view(args, 0), y = view(args, 2);
  const length = int(args, 3);
  const rate = float(args, 5);
  const key = maskKey(load<u32>(view(args, 1)), int(args, 4));
  const threshold = maskThreshold(rate);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    const first = task * CHUNK;
    const at = <usize>first << 2;
    dropRow(x + at, y + at, min(CHUNK, length - first), first, key, threshold, 1 / (1 - rate));
  }
}
