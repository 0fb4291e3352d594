import { float, int, view } from '../../wasm/assembly/arguments.as';
import { drop, dropLanes, maskKey, maskThreshold, onward, places } from '../../wasm/assembly/random.as';
import { widenRow } from '../../wasm/assembly/halves.as';
import { ceilDiv, rowsOfTask } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';
import { dropRow } from '../dropout/wasm.as';

export function embedding(args: usize): void {
  const table = view(args, 0), ids = view(args, 1), out = view(args, 3);
  const rows = int(args, 4), dim = int(args, 5);
  const half = int(args, 7) != 0;
  const rate = float(args, 8);
  const key = maskKey(load<u32>(view(args, 2)), int(args, 6));
  const threshold = maskThreshold(rate);
  const stride = <usize>dim << 2;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    for (let n = task * some; n < min(rows, (task + 1) * some); n++) {
      const place = <usize>load<u32>(ids + (<usize>n << 2)) * stride;
      const to = out + <usize>n * stride;
      if (half) widenRow(to, table + (place >> 1), dim);
      dropRow(half ? to : table + place, to, dim, n * dim, key, threshold, 1 / (1 - rate));
    }
  }
}

function addRow(
  to: usize, from: usize, dim: i32, index: u32, key: u32, threshold: u32, scale: f32,
): void {
  const T = i32x4.splat(threshold), S = f32x4.splat(scale);
  let at4 = places(key, index);
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    const kept = dropLanes(v128.load(from + at), at4, T, S);
    v128.store(to + at, f32x4.add(v128.load(to + at), kept));
    at4 = onward(at4);
  }
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    store<f32>(to + at, load<f32>(to + at) + drop(load<f32>(from + at), key, index + d, threshold, scale));
  }
}

/** Runs of equal ids that begin among a task's places belong to the task: no row of the table has two writers. */
export function embeddingGrad(args: usize): void {
  const dOut = view(args, 0), ids = view(args, 1), order = view(args, 2), dTable = view(args, 4);
  const rows = int(args, 5), dim = int(args, 6);
  const rate = float(args, 8);
  const key = maskKey(load<u32>(view(args, 3)), int(args, 7));
  const threshold = maskThreshold(rate);
  const stride = <usize>dim << 2;
  const some = rowsOfTask(dim);
  for (let task = nextTask(); task < ceilDiv(rows, some); task = nextTask()) {
    let place = task * some;
    const end = min(rows, place + some);
    while (place > 0 && place < end && idAt(ids, order, place) == idAt(ids, order, place - 1)) place++;
    if (place == end) continue;
    let last = idAt(ids, order, place);
    for (; place < rows; place++) {
      const n = load<u32>(order + (<usize>place << 2));
      const id = load<u32>(ids + (<usize>n << 2));
      if (place >= end && id != last) break;
      last = id;
      addRow(dTable + <usize>id * stride, dOut + <usize>n * stride, dim, n * dim, key, threshold, 1 / (1 - rate));
    }
  }
}

function idAt(ids: usize, order: usize, place: i32): u32 {
  return load<u32>(ids + (<usize>load<u32>(order + (<usize>place << 2)) << 2));
}
