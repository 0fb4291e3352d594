import { add, mul, tensor, type Tensor2D } from '../../tf';
import type { DropoutSite } from './mask';

/** PCG in arbitrary-precision integers. */
function exactHash(x: bigint): bigint {
  const word32 = (n: bigint) => n & 0xffffffffn;
  const state = word32(x * 747796405n + 2891336453n);
  const word = word32(((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n);
  return (word >> 22n) ^ word;
}

/** The mask as documented in `random.ts` and `mask.ts`, with exact integers. */
export function maskReference({ rate, seed, step, site }: DropoutSite, count: number): Float32Array {
  let first = exactHash(BigInt(seed));
  let second = exactHash(first ^ 0x9e3779b9n);
  for (const counter of [step, site]) {
    first = exactHash(first ^ BigInt(counter));
    second = exactHash((second + first) & 0xffffffffn);
  }
  return Float32Array.from({ length: count }, (_, i) =>
    Number(exactHash(exactHash(BigInt(i) ^ first) ^ second)) / 2 ** 32 >= rate ? 1 / (1 - rate) : 0,
  );
}

/** The formula, differentiated by TensorFlow.js. */
export function residualDropoutReference(around: Tensor2D, x: Tensor2D, site: DropoutSite): Tensor2D {
  return add(around, mul(x, tensor(maskReference(site, x.size), x.shape)));
}
