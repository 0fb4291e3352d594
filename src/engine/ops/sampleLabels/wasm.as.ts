import { int, view } from '../../wasm/assembly/arguments.as';
import { log } from '../../wasm/assembly/exp.as';
import { mix } from '../../wasm/assembly/random.as';
import { nextTask } from '../../wasm/assembly/threads.as';

/** −100 */
const IGNORED: u32 = 4294967196;
/** Place of the seed among the scalars. */
const SAMPLE_SEED: usize = 36;

/** A standard Gumbel number of place `index`. */
function gumbel(key: u32, index: u32): f64 {
  const u = (<f64>(mix(key + index) >> 9) + 0.5) / 8388608.0;
  return -log(-log(u));
}

export function sampleLabels(args: usize): void {
  const logits = view(args, 0), labels = view(args, 1), drawn = view(args, 3);
  const rows = int(args, 4), vocab = int(args, 5);
  const key = mix(load<u32>(view(args, 2), SAMPLE_SEED));
  for (let n = nextTask(); n < rows; n = nextTask()) {
    const at = <usize>n << 2;
    if (load<u32>(labels + at) == IGNORED) {
      store<u32>(drawn + at, IGNORED);
      continue;
    }
    const first = <u32>n * <u32>vocab;
    let best = 0;
    let most: f64 = -Infinity;
    for (let j = 0; j < vocab; j++) {
      const score = <f64>load<f32>(logits + (<usize>(first + j) << 2)) + gumbel(key, first + j);
      if (score <= most) continue;
      most = score;
      best = j;
    }
    store<u32>(drawn + at, best);
  }
}
