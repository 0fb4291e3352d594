// The gradients of attention, cut into tasks as the forward pass is; keys and values by blocks of keys.
import { int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { multiply, multiplyBuffer } from '../../wasm/assembly/multiply.as';
import { packB, packedBytes } from '../../wasm/assembly/pack.as';
import { drop, dropLanes, onward, places } from '../../wasm/assembly/random.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask, workspace } from '../../wasm/assembly/threads.as';
import { dropRow } from '../dropout/wasm.as';
import {
  dKv, H, key, KEYS, keysOf, offK, offQ, offV, queryBlocks, readShape, rowCtx, rowKv, rowQ, ROWS, S, scale, T, threshold,
} from './wasmShape.as';

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
