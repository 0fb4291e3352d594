// What the attention kernels share: the shape of the instruction at hand, and where its parts lie.
import { float, int } from '../../wasm/assembly/arguments.as';
import { multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packedBytes } from '../../wasm/assembly/pack.as';
import { maskKey, maskThreshold } from '../../wasm/assembly/random.as';
import { ceilDiv } from '../../wasm/assembly/tasks.as';
import { threadCount } from '../../wasm/assembly/threads.as';

/** Rows of queries that are worked on at a time. */
export const ROWS: i32 = 24;
/** Keys of a task of the keys' and values' gradient. */
export const KEYS: i32 = 96;

/** Lengths, and strides in bytes, read by `readShape` from the ints that follow `views` views. */
export let H: i32 = 0;
export let T: i32 = 0;
export let S: i32 = 0;
export let dKv: i32 = 0;
export let rowQ: usize = 0;
export let offQ: usize = 0;
export let rowKv: usize = 0;
export let offK: usize = 0;
export let offV: usize = 0;
export let keyRows: i32 = 0;
export let rowCtx: usize = 0;
export let key: u32 = 0;
export let threshold: u32 = 0;
export let scale: f32 = 1;

export function readShape(args: usize, views: i32, scalars: usize): void {
  H = int(args, views + 1);
  T = int(args, views + 2);
  S = int(args, views + 3);
  dKv = int(args, views + 4);
  rowQ = <usize>int(args, views + 5) << 2;
  offQ = <usize>int(args, views + 6) << 2;
  rowKv = <usize>int(args, views + 7) << 2;
  offK = <usize>int(args, views + 8) << 2;
  offV = <usize>int(args, views + 9) << 2;
  keyRows = int(args, views + 10);
  rowCtx = <usize>(H * dKv) << 2;
  const rate = float(args, views + 14);
  key = maskKey(load<u32>(scalars), int(args, views + 13));
  threshold = maskThreshold(rate);
  scale = 1 / (1 - rate);
}

/** Bytes for a depth of S or T or dKv, two packed operands, and a block of rows. */
export function attentionWorkspace(args: usize, views: i32): usize {
  const T = int(args, views + 2), S = int(args, views + 3), dKv = int(args, views + 4);
  const long = max(T, S);
  const packed = 2 * max(packedBytes(long, dKv), packedBytes(dKv, long));
  return multiplyBuffer(max(long, dKv)) + packed + (<usize>(long * max(ROWS, KEYS)) << 2);
}

/** Blocks that the T queries of a head are cut into, so that all threads have work. */
export function queryBlocks(heads: i32): i32 {
  return heads >= 2 * threadCount() ? 1 : max(1, min(ceilDiv(T, ROWS), ceilDiv(2 * threadCount(), heads)));
}

/** Address of the first key, or value, of example b and head h. */
// @ts-ignore: decorator
@inline
export function keysOf(kv: usize, b: i32, h: i32, off: usize): usize {
  return kv + <usize>(b * keyRows) * rowKv + off + (<usize>(h * dKv) << 2);
}
