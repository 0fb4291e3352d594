import { int, view } from '../../wasm/assembly/arguments.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** A task is a head. */
export function positionBias(args: usize): void {
  const table = view(args, 0), buckets = view(args, 1), bias = view(args, 2);
  const H = int(args, 3), TS = int(args, 4);
  for (let h = nextTask(); h < H; h = nextTask()) {
    const column = table + (<usize>h << 2);
    const to = bias + (<usize>h * <usize>TS << 2);
    for (let i = 0; i < TS; i++) {
      const bucket = load<u32>(buckets + (<usize>i << 2));
      store<f32>(to + (<usize>i << 2), load<f32>(column + (<usize>(bucket * H) << 2)));
    }
  }
}

export function positionBiasGrad(args: usize): void {
  const dBias = view(args, 0), buckets = view(args, 1), dTable = view(args, 2);
  const H = int(args, 3), TS = int(args, 4);
  for (let h = nextTask(); h < H; h = nextTask()) {
    const column = dTable + (<usize>h << 2);
    const from = dBias + (<usize>h * <usize>TS << 2);
    for (let i = 0; i < TS; i++) {
      const to = column + (<usize>(load<u32>(buckets + (<usize>i << 2)) * H) << 2);
      store<f32>(to, load<f32>(to) + load<f32>(from + (<usize>i << 2)));
    }
  }
}
