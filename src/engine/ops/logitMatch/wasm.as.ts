// A task is a row: the largest of it and of the given row, the sums, the gradient over the logits.
import { float, int, view } from '../../wasm/assembly/arguments.as';
import { exp, expLanes, log } from '../../wasm/assembly/exp.as';
import { splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { nextTask } from '../../wasm/assembly/threads.as';
import { largestOf } from '../argmax/wasm.as';

/** −100 */
const IGNORED: u32 = 4294967196;
/** Places among the scalars. */
const LOSS_SCALE: usize = 4;
const CROSS_ENTROPY_WEIGHT: usize = 28;
const MATCH_WEIGHT: usize = 32;

/** Σ exp((x − largest)·factor). */
function powers(x: usize, dim: i32, largest: f32, factor: f32): f32 {
  const shift = splat(largest), F = splat(factor);
  let sums = zero();
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    sums = f32x4.add(sums, expLanes(f32x4.mul(f32x4.sub(v128.load(x + (<usize>d << 2)), shift), F)));
  }
  let sum = sumLanes(sums);
  for (; d < dim; d++) sum += exp((load<f32>(x + (<usize>d << 2)) - largest) * factor);
  return sum;
}

/** Σ exp(b)·(b − a), with a = (x − largest)·factor and b the same of y. */
function crossed(x: usize, y: usize, dim: i32, xMost: f32, yMost: f32, factor: f32): f32 {
  const X = splat(xMost), Y = splat(yMost), F = splat(factor);
  let sums = zero();
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    const a = f32x4.mul(f32x4.sub(v128.load(x + at), X), F);
    const b = f32x4.mul(f32x4.sub(v128.load(y + at), Y), F);
    sums = f32x4.add(sums, f32x4.mul(expLanes(b), f32x4.sub(b, a)));
  }
  let sum = sumLanes(sums);
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    const a = (load<f32>(x + at) - xMost) * factor;
    const b = (load<f32>(y + at) - yMost) * factor;
    sum += exp(b) * (b - a);
  }
  return sum;
}

/** Σ (x − y)² */
function squares(x: usize, y: usize, dim: i32): f32 {
  let sums = zero();
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    const away = f32x4.sub(v128.load(x + at), v128.load(y + at));
    sums = f32x4.add(sums, f32x4.mul(away, away));
  }
  let sum = sumLanes(sums);
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    const away = load<f32>(x + at) - load<f32>(y + at);
    sum += away * away;
  }
  return sum;
}

/** x = own·exp(x − xMost) + ours·exp((x − xMost)·factor) − theirs·exp((y − yMost)·factor) */
function distilled(
  x: usize, y: usize, dim: i32, xMost: f32, yMost: f32, factor: f32, own: f32, ours: f32, theirs: f32,
): void {
  const X = splat(xMost), Y = splat(yMost), F = splat(factor), OWN = splat(own), OURS = splat(ours);
  const THEIRS = splat(theirs);
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    const a = f32x4.sub(v128.load(x + at), X);
    const b = f32x4.sub(v128.load(y + at), Y);
    const match = f32x4.sub(
      f32x4.mul(expLanes(f32x4.mul(a, F)), OURS), f32x4.mul(expLanes(f32x4.mul(b, F)), THEIRS),
    );
    v128.store(x + at, f32x4.add(f32x4.mul(expLanes(a), OWN), match));
  }
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    const a = load<f32>(x + at) - xMost;
    const b = load<f32>(y + at) - yMost;
    const match = exp(a * factor) * ours - exp(b * factor) * theirs;
    store<f32>(x + at, exp(a) * own + match);
  }
}

/** x = own·exp(x − xMost) + slope·(x − y) */
function drawn(x: usize, y: usize, dim: i32, xMost: f32, own: f32, slope: f32): void {
  const X = splat(xMost), OWN = splat(own), SLOPE = splat(slope);
  let d = 0;
  for (; d + 4 <= dim; d += 4) {
    const at = <usize>d << 2;
    const z = v128.load(x + at);
    const away = f32x4.mul(f32x4.sub(z, v128.load(y + at)), SLOPE);
    v128.store(x + at, f32x4.add(f32x4.mul(expLanes(f32x4.sub(z, X)), OWN), away));
  }
  for (; d < dim; d++) {
    const at = <usize>d << 2;
    const z = load<f32>(x + at);
    store<f32>(x + at, exp(z - xMost) * own + (z - load<f32>(y + at)) * slope);
  }
}

/** Both losses; `temperature` is 0 for the squared error. */
function overRows(args: usize, temperature: f32): void {
  const logits = view(args, 0), given = view(args, 1), labels = view(args, 2), scalars = view(args, 3);
  const rows = int(args, 5), vocab = int(args, 6);
  const scale = load<f32>(scalars, LOSS_SCALE);
  const wc = load<f32>(scalars, CROSS_ENTROPY_WEIGHT), wm = load<f32>(scalars, MATCH_WEIGHT);
  for (let n = nextTask(); n < rows; n = nextTask()) {
    const from = <usize>n * <usize>vocab << 2;
    const row = logits + from, other = given + from;
    const label = load<u32>(labels + (<usize>n << 2));
    const loss = view(args, 4) + (<usize>n << 2);
    if (label == IGNORED) {
      store<f32>(loss, 0);
      memory.fill(row, 0, <usize>vocab << 2);
      continue;
    }
    const right = row + (<usize>label << 2);
    const most = largestOf(row, vocab);
    const sum = powers(row, vocab, most, 1);
    const entropy: f64 = <f64>most - <f64>load<f32>(right) + log(<f64>sum);
    let match: f64;
    if (temperature > 0) {
      const factor: f32 = 1 / temperature;
      const otherMost = largestOf(other, vocab);
      const ours = powers(row, vocab, most, factor);
      const theirs = powers(other, vocab, otherMost, factor);
      const cross = crossed(row, other, vocab, most, otherMost, factor);
      match = <f64>temperature * <f64>temperature * (<f64>cross / <f64>theirs - log(<f64>theirs) + log(<f64>ours));
      const pull: f32 = scale * wm * temperature;
      distilled(row, other, vocab, most, otherMost, factor, scale * wc / sum, pull / ours, pull / theirs);
    } else {
      match = <f64>squares(row, other, vocab) / <f64>vocab;
      drawn(row, other, vocab, most, scale * wc / sum, scale * wm * 2 / <f32>vocab);
    }
    store<f32>(loss, <f32>(<f64>wc * entropy + <f64>wm * match));
    store<f32>(right, load<f32>(right) - scale * wc);
  }
}

export function distillation(args: usize): void {
  overRows(args, float(args, 7));
}

export function logitError(args: usize): void {
  overRows(args, 0);
}
