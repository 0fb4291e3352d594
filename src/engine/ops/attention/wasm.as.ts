// Attention. A task is one head of one example, or a block of its rows; its keys and values are packed once, and
// blocks of rows go through them while everything is in the first-level cache.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { exp, expLanes } from '../../wasm/assembly/exp.as';
import { madd, maxLanes, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { multiply, multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packB, packedBytes } from '../../wasm/assembly/pack.as';
import { drop, dropLanes, maskKey, maskThreshold, onward, places } from '../../wasm/assembly/random.as';
import { rowProduct } from '../../wasm/assembly/rows.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask, threadCount, workspace } from '../../wasm/assembly/threads.as';
import { dropRow } from '../dropout/wasm.as';

/** Score of a key that may not be seen. */
const LOWEST: f32 = -3.4028234663852886e38;
/** Rows of queries that are worked on at a time. */
const ROWS: i32 = 24;
/** Keys of a task of the keys' and values' gradient. */
const KEYS: i32 = 96;
/** Queries below which nothing is packed. */
const FEW: i32 = 4;

/** What the three kernels share: shape and strides (in bytes), from the ints that follow `views` views. */
let H: i32 = 0;
let T: i32 = 0;
let S: i32 = 0;
let dKv: i32 = 0;
let rowQ: usize = 0;
let offQ: usize = 0;
let rowKv: usize = 0;
let offK: usize = 0;
let offV: usize = 0;
let keyRows: i32 = 0;
let rowCtx: usize = 0;
let key: u32 = 0;
let threshold: u32 = 0;
let scale: f32 = 1;

function readShape(args: usize, views: i32, scalars: usize): void {
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
function queryBlocks(heads: i32): i32 {
  return heads >= 2 * threadCount() ? 1 : max(1, min(ceilDiv(T, ROWS), ceilDiv(2 * threadCount(), heads)));
}

/** Address of the first key, or value, of example b and head h. */
// @ts-ignore: decorator
@inline
function keysOf(kv: usize, b: i32, h: i32, off: usize): usize {
  return kv + <usize>(b * keyRows) * rowKv + off + (<usize>(h * dKv) << 2);
}

/** Softmax of one row of scores in place, with bias and mask. `last` is the last key that may be seen. */
function softmax(p: usize, bias: usize, mask: usize, last: i32): void {
  let largest = splat(LOWEST);
  const lowest = splat(LOWEST);
  const end = i32x4.splat(last);
  let keys = i32x4(0, 1, 2, 3);
  let s = 0;
  for (; s + 4 <= S; s += 4) {
    const at = <usize>s << 2;
    let x = v128.load(p + at);
    if (bias) x = f32x4.add(x, v128.load(bias + at));
    const hidden = f32x4.eq(v128.load(mask + at), zero());
    x = v128.bitselect(lowest, x, v128.or(hidden, i32x4.gt_s(keys, end)));
    keys = onward(keys);
    largest = f32x4.pmax(largest, x);
    v128.store(p + at, x);
  }
  let most = maxLanes(largest);
  for (; s < S; s++) {
    const at = <usize>s << 2;
    let x = load<f32>(p + at);
    if (bias) x += load<f32>(bias + at);
    if (load<f32>(mask + at) == 0 || s > last) x = LOWEST;
    if (x > most) most = x;
    store<f32>(p + at, x);
  }
  const shift = splat(most);
  let sums = zero();
  s = 0;
  for (; s + 4 <= S; s += 4) {
    const at = p + (<usize>s << 2);
    const e = expLanes(f32x4.sub(v128.load(at), shift));
    sums = f32x4.add(sums, e);
    v128.store(at, e);
  }
  let sum = sumLanes(sums);
  for (; s < S; s++) {
    const at = p + (<usize>s << 2);
    const e = exp(load<f32>(at) - most);
    sum += e;
    store<f32>(at, e);
  }
  const factor: f32 = 1 / sum;
  const factors = splat(factor);
  s = 0;
  for (; s + 4 <= S; s += 4) {
    const at = p + (<usize>s << 2);
    v128.store(at, f32x4.mul(v128.load(at), factors));
  }
  for (; s < S; s++) {
    const at = p + (<usize>s << 2);
    store<f32>(at, load<f32>(at) * factor);
  }
}

export function attention(args: usize): void {
  const q = view(args, 0), kv = view(args, 1), bias = view(args, 2), mask = view(args, 3);
  const probs = view(args, 5), ctx = view(args, 6);
  readShape(args, 7, view(args, 4));
  const B = int(args, 7);
  const causal = int(args, 18) != 0, hasBias = int(args, 19) != 0;
  const few = T < FEW;
  const blocks = queryBlocks(B * H);
  const block = ceilDiv(T, blocks);
  const buffer = workspace();
  const packedK = buffer + multiplyBuffer(max(S, dKv));
  const packedV = packedK + packedBytes(S, dKv);
  const dropped = packedV + packedBytes(dKv, S);
  const rowP = <usize>S << 2;

  for (let task = nextTask(); task < B * H * blocks; task = nextTask()) {
    const h = (task / blocks) % H, b = task / blocks / H;
    const begin = (task % blocks) * block;
    const end = min(T, begin + block);
    const keys = keysOf(kv, b, h, offK), values = keysOf(kv, b, h, offV);
    if (!few) {
      packB(packedK, keys, rowKv, 4, S, dKv);
      packB(packedV, values, 4, rowKv, dKv, S);
    }
    for (let t = begin; t < end; t += ROWS) {
      const rows = min(ROWS, end - t);
      const from = q + <usize>(b * T + t) * rowQ + offQ + (<usize>(h * dKv) << 2);
      const to = ctx + <usize>(b * T + t) * rowCtx + (<usize>(h * dKv) << 2);
      const first = ((b * H + h) * T + t) * S;
      const p = probs + (<usize>first << 2);
      if (few) {
        for (let i = 0; i < rows; i++)
          rowProduct(from + <usize>i * rowQ, 4, keys, 4, rowKv, S, dKv, p + <usize>i * rowP, 1, false);
      } else multiply(from, rowQ, 4, rows, packedK, S, dKv, p, rowP, 1, false, buffer);
      for (let i = 0; i < rows; i++) {
        const rowBias = hasBias ? bias + (<usize>((h * T + t + i) * S) << 2) : 0;
        softmax(p + <usize>i * rowP, rowBias, mask + <usize>b * rowP, causal ? t + i : S);
      }
      let kept = p;
      if (threshold) {
        kept = dropped;
        dropRow(p, dropped, rows * S, first, key, threshold, scale);
      }
      if (few) {
        for (let i = 0; i < rows; i++)
          rowProduct(kept + <usize>i * rowP, 4, values, rowKv, 4, dKv, S, to + <usize>i * rowCtx, 1, false);
      } else multiply(kept, rowP, 4, rows, packedV, dKv, S, to, rowCtx, 1, false, buffer);
    }
  }
}

/** dScore = probs·(dP − Σ probs·dP) of one row, where `d` holds dP before dropout; it becomes dScore. */
function scoreGrad(d: usize, p: usize, index: u32): void {
  const bound = i32x4.splat(threshold), factor = splat(scale);
  let at4 = places(key, index);
  let sums = zero();
  let s = 0;
  for (; s + 4 <= S; s += 4) {
    const at = <usize>s << 2;
    let dP = v128.load(d + at);
    if (threshold) dP = dropLanes(dP, at4, bound, factor);
    at4 = onward(at4);
    sums = madd(dP, v128.load(p + at), sums);
    v128.store(d + at, dP);
  }
  let dot = sumLanes(sums);
  for (; s < S; s++) {
    const at = <usize>s << 2;
    const dP = drop(load<f32>(d + at), key, index + s, threshold, scale);
    dot += dP * load<f32>(p + at);
    store<f32>(d + at, dP);
  }
  const dots = splat(dot);
  s = 0;
  for (; s + 4 <= S; s += 4) {
    const at = <usize>s << 2;
    v128.store(d + at, f32x4.mul(v128.load(p + at), f32x4.sub(v128.load(d + at), dots)));
  }
  for (; s < S; s++) {
    const at = <usize>s << 2;
    store<f32>(d + at, load<f32>(p + at) * (load<f32>(d + at) - dot));
  }
}

export function attentionQueryGrad(args: usize): void {
  const dctx = view(args, 0), kv = view(args, 1), probs = view(args, 2);
  const dScore = view(args, 4), dq = view(args, 5);
  readShape(args, 6, view(args, 3));
  const B = int(args, 6);
  const blocks = queryBlocks(B * H);
  const block = ceilDiv(T, blocks);
  const buffer = workspace();
  const packedV = buffer + multiplyBuffer(max(S, dKv));
  const packedK = packedV + packedBytes(S, dKv);
  const rowP = <usize>S << 2;

  for (let task = nextTask(); task < B * H * blocks; task = nextTask()) {
    const h = (task / blocks) % H, b = task / blocks / H;
    const begin = (task % blocks) * block;
    const end = min(T, begin + block);
    packB(packedV, keysOf(kv, b, h, offV), rowKv, 4, S, dKv);
    packB(packedK, keysOf(kv, b, h, offK), 4, rowKv, dKv, S);
    for (let t = begin; t < end; t += ROWS) {
      const rows = min(ROWS, end - t);
      const above = dctx + <usize>(b * T + t) * rowCtx + (<usize>(h * dKv) << 2);
      const first = ((b * H + h) * T + t) * S;
      const d = dScore + (<usize>first << 2);
      multiply(above, rowCtx, 4, rows, packedV, S, dKv, d, rowP, 1, false, buffer);
      for (let i = 0; i < rows; i++)
        scoreGrad(d + <usize>i * rowP, probs + (<usize>(first + i * S) << 2), first + i * S);
      const to = dq + <usize>(b * T + t) * rowQ + offQ + (<usize>(h * dKv) << 2);
      multiply(d, rowP, 4, rows, packedK, dKv, S, to, rowQ, 1, false, buffer);
    }
  }
}

export function attentionKeyValueGrad(args: usize): void {
  const dctx = view(args, 0), q = view(args, 1), probs = view(args, 2), dScore = view(args, 3);
  const dkv = view(args, 5);
  readShape(args, 6, view(args, 4));
  const B = int(args, 6);
  const blocks = ceilDiv(S, KEYS);
  const buffer = workspace();
  const packedQ = buffer + multiplyBuffer(max(T, dKv));
  const packedC = packedQ + packedBytes(dKv, T);
  const dropped = packedC + packedBytes(dKv, T);
  const rowP = <usize>S << 2;

  for (let task = nextTask(); task < B * H * blocks; task = nextTask()) {
    const h = (task / blocks) % H, b = task / blocks / H;
    const s = (task % blocks) * KEYS;
    const keys = min(KEYS, S - s);
    const head = <usize>(h * dKv) << 2;
    packB(packedQ, q + <usize>(b * T) * rowQ + offQ + head, 4, rowQ, dKv, T);
    packB(packedC, dctx + <usize>(b * T) * rowCtx + head, 4, rowCtx, dKv, T);
    const first = (b * H + h) * T * S + s;
    const to = <usize>s * rowKv;
    const d = dScore + (<usize>first << 2);
    multiply(d, 4, rowP, keys, packedQ, dKv, T, keysOf(dkv, b, h, offK) + to, rowKv, 1, false, buffer);
    let p = probs + (<usize>first << 2);
    let rowKept = rowP;
    if (threshold) {
      rowKept = <usize>keys << 2;
      for (let t = 0; t < T; t++)
        dropRow(p + <usize>t * rowP, dropped + <usize>t * rowKept, keys, first + t * S, key, threshold, scale);
      p = dropped;
    }
    multiply(p, 4, rowKept, keys, packedC, dKv, T, keysOf(dkv, b, h, offV) + to, rowKv, 1, false, buffer);
  }
}

export function attentionBiasGrad(args: usize): void {
  const B = int(args, 2), length = int(args, 3);
  const accumulate = int(args, 4) != 0;
  const some = max(64, CHUNK / B);
  const stride = <usize>length << 2;
  for (let task = nextTask(); task < ceilDiv(length, some); task = nextTask()) {
    const end = min(length, (task + 1) * some);
    let i = task * some;
    for (; i + 4 <= end; i += 4) {
      let from = view(args, 0) + (<usize>i << 2);
      const to = view(args, 1) + (<usize>i << 2);
      let sum = zero();
      for (let b = 0; b < B; b++) {
        sum = f32x4.add(sum, v128.load(from));
        from += stride;
      }
      v128.store(to, accumulate ? f32x4.add(v128.load(to), sum) : sum);
    }
    for (; i < end; i++) {
      let from = view(args, 0) + (<usize>i << 2);
      const to = view(args, 1) + (<usize>i << 2);
      let sum: f32 = 0;
      for (let b = 0; b < B; b++) {
        sum += load<f32>(from);
        from += stride;
      }
      store<f32>(to, accumulate ? load<f32>(to) + sum : sum);
    }
  }
}
