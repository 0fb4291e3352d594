// A task is a row, read three times while it is in the cache: its largest; exponentials and their sum; the
// gradient. The exponentials are kept in the row, which the gradient overwrites.
import { int, view } from '../../wasm/assembly/arguments.as';
import { exp, expLanes, log } from '../../wasm/assembly/exp.as';
import { splat, sumLanes, zero } from '../../wasm/assembly/lanes.as';
import { nextTask } from '../../wasm/assembly/threads.as';
import { largestOf } from '../argmax/wasm.as';

/** −100 */
const IGNORED: u32 = 4294967196;
/** Place of 1 / target tokens among the scalars. */
const LOSS_SCALE: usize = 4;

/** Σ exp(x − largest), left in the row when `keep`. */
function exponentials(x: usize, dim: i32, largest: f32, keep: bool): f32 {
  const shift = splat(largest);
  let s0 = zero(), s1 = zero();
  let d = 0;
  for (; d + 8 <= dim; d += 8) {
    const at = x + (<usize>d << 2);
    const e0 = expLanes(f32x4.sub(v128.load(at), shift));
    const e1 = expLanes(f32x4.sub(v128.load(at, 16), shift));
    s0 = f32x4.add(s0, e0);
    s1 = f32x4.add(s1, e1);
    if (keep) {
      v128.store(at, e0);
      v128.store(at, e1, 16);
    }
  }
  let sum = sumLanes(f32x4.add(s0, s1));
  for (; d < dim; d++) {
    const at = x + (<usize>d << 2);
    const e = exp(load<f32>(at) - largest);
    sum += e;
    if (keep) store<f32>(at, e);
  }
  return sum;
}

function scaleRow(x: usize, dim: i32, factor: f32): void {
  const scale = splat(factor);
  let d = 0;
  for (; d + 8 <= dim; d += 8) {
    const at = x + (<usize>d << 2);
    v128.store(at, f32x4.mul(v128.load(at), scale));
    v128.store(at, f32x4.mul(v128.load(at, 16), scale), 16);
  }
  for (; d < dim; d++) {
    const at = x + (<usize>d << 2);
    store<f32>(at, load<f32>(at) * factor);
  }
}

export function crossEntropy(args: usize): void {
  const logits = view(args, 0), labels = view(args, 1), rowLoss = view(args, 3);
  const rows = int(args, 4), vocab = int(args, 5);
  const grad = int(args, 6) != 0;
  const scale = load<f32>(view(args, 2), LOSS_SCALE);
  for (let n = nextTask(); n < rows; n = nextTask()) {
    const row = logits + (<usize>n * <usize>vocab << 2);
    const label = load<u32>(labels + (<usize>n << 2));
    const loss = rowLoss + (<usize>n << 2);
    if (label == IGNORED) {
      store<f32>(loss, 0);
      if (grad) memory.fill(row, 0, <usize>vocab << 2);
      continue;
    }
    const right = row + (<usize>label << 2);
    const value = load<f32>(right);
    const largest = largestOf(row, vocab);
    const sum = exponentials(row, vocab, largest, grad);
    store<f32>(loss, <f32>(<f64>largest - <f64>value + log(<f64>sum)));
    if (!grad) continue;
    scaleRow(row, vocab, scale / sum);
    store<f32>(right, load<f32>(right) - scale);
  }
}
