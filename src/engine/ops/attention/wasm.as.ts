// Attention. A task is one head of one example, or a block of its rows; its keys and values are packed once, and
// blocks of rows go through them while everything is in the first-level cache.
import { int, view } from '../../wasm/assembly/arguments.as';
import { exp, expLanes } from '../../wasm/assembly/exp.as';
import { maxLanes, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { multiply, multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packB, packedBytes } from '../../wasm/assembly/pack.as';
import { onward } from '../../wasm/assembly/random.as';
import { rowProduct } from '../../wasm/assembly/rows.as';
import { ceilDiv } from '../../wasm/assembly/tasks.as';
import { nextTask, workspace } from '../../wasm/assembly/threads.as';
import { dropRow } from '../dropout/wasm.as';
import {
  dKv, H, key, keysOf, offK, offQ, offV, queryBlocks, readShape, rowCtx, rowKv, rowQ, ROWS, S, scale, T, threshold,
} from './wasmShape.as';

/** Score of a key that may not be seen. */
const LOWEST: f32 = -3.4028234663852886e38;
/** Queries below which nothing is packed. */
const FEW: i32 = 4;

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
