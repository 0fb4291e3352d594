import { float, int, view } from '../../wasm/assembly/arguments.as';
import { madd, splat } from '../../wasm/assembly/lanes.as';
import { ceilDiv, CHUNK } from '../../wasm/assembly/tasks.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** Places among the scalars. */
const RATE: usize = 8;
const CORRECTION1: usize = 12;
const CORRECTION2: usize = 16;

export function adamw(args: usize): void {
  const weights = view(args, 0), gradients = view(args, 1), m = view(args, 2), v = view(args, 3);
  const scalars = view(args, 4);
  const clip = load<f32>(view(args, 5), 4);
  const length = int(args, 6);
  const beta1 = float(args, 7), beta2 = float(args, 8), epsilon = float(args, 9), weightDecay = float(args, 10);
  const rate = load<f32>(scalars, RATE);
  const keep: f32 = 1 - rate * weightDecay;
  const step: f32 = rate / load<f32>(scalars, CORRECTION1);
  // sqrt(v / c2) = sqrt(v)·root
  const root: f32 = 1 / sqrt<f32>(load<f32>(scalars, CORRECTION2));
  const new1: f32 = 1 - beta1;
  const new2: f32 = 1 - beta2;
  const B1 = splat(beta1), B2 = splat(beta2), N1 = splat(new1), N2 = splat(new2), C = splat(clip);
  const R = splat(root), E = splat(epsilon), P = splat(step), W = splat(keep);
  for (let task = nextTask(); task < ceilDiv(length, CHUNK); task = nextTask()) {
    let i = task * CHUNK;
    const end = min(length, i + CHUNK);
    for (; i + 4 <= end; i += 4) {
      const at = <usize>i << 2;
      const g = f32x4.mul(v128.load(gradients + at), C);
      v128.store(gradients + at, splat(0));
      const m1 = madd(v128.load(m + at), B1, f32x4.mul(g, N1));
      const v1 = madd(v128.load(v + at), B2, f32x4.mul(f32x4.mul(g, g), N2));
      v128.store(m + at, m1);
      v128.store(v + at, v1);
      const size = madd(f32x4.sqrt(v1), R, E);
      const move = f32x4.div(f32x4.mul(m1, P), size);
      v128.store(weights + at, f32x4.sub(f32x4.mul(v128.load(weights + at), W), move));
    }
    for (; i < end; i++) {
      const at = <usize>i << 2;
      const g = load<f32>(gradients + at) * clip;
      store<f32>(gradients + at, 0);
      const m1 = load<f32>(m + at) * beta1 + g * new1;
      const v1 = load<f32>(v + at) * beta2 + g * g * new2;
      store<f32>(m + at, m1);
      store<f32>(v + at, v1);
      const move = (m1 * step) / (sqrt<f32>(v1) * root + epsilon);
      store<f32>(weights + at, load<f32>(weights + at) * keep - move);
    }
  }
}
