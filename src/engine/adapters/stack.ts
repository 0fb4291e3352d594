/** Several adapters of the same places as one: B·A summed is [B₁ B₂ …]·[A₁; A₂; …]. */
import type { NamedTensor } from '../types';

/**
 * A above each other and B beside each other, so that at the same scaling the one computes what the sum does.
 * @param adapters each its matrices `….lora_A.weight` [rank, inputs] and `….lora_B.weight` [outputs, rank], all of the
 *   same modules in the same order
 * @param rank of the result; what is more than theirs together is zero. Theirs together by default
 * @throws Error when they are not of the same modules or do not fit the rank
 */
export function stackMatrices(adapters: readonly (readonly NamedTensor[])[], rank?: number): NamedTensor[] {
  const [first = []] = adapters;
  return first.map(({ name }, at) => {
    const members = adapters.map((matrices) => {
      const member = matrices[at];
      if (member?.name !== name)
        throw new Error(`an adapter has ${member?.name ?? 'nothing'} where another has ${name}`);
      return member;
    });
    const down = name.endsWith('.lora_A.weight');
    const ranks = members.map(({ shape }) => shape[down ? 0 : 1] ?? 0);
    const sum = ranks.reduce((a, b) => a + b, 0);
    const total = rank ?? sum;
    if (sum > total) throw new Error(`${name}: adapters of rank ${sum} together do not fit rank ${total}`);
    const other = members[0]?.shape[down ? 1 : 0] ?? 0;
    const data = new Float32Array(total * other);
    let before = 0;
    members.forEach((member, i) => {
      const own = ranks[i] ?? 0;
      if (down) data.set(member.data, before * other);
      else
        for (let row = 0; row < other; row++)
          data.set(member.data.subarray(row * own, (row + 1) * own), row * total + before);
      before += own;
    });
    return { name, shape: down ? [total, other] : [other, total], data };
  });
}
