import type { NamedTensor } from '../../engine/types';
import type { Learner, ParameterSet } from '../learner';

/**
 * The parameter sets that a method keeps from one step or stage to another, by name, with their way into a
 * checkpoint and back: tensors there are named `name/weight`.
 */
export class KeptSets {
  private readonly sets = new Map<string, ParameterSet>();

  has(name: string): boolean {
    return this.sets.has(name);
  }

  /** The set of that name, of zeros when it is new. */
  of(name: string, learner: Learner): ParameterSet {
    const known = this.sets.get(name);
    if (known) return known;
    const set = learner.sets.create(name);
    this.sets.set(name, set);
    return set;
  }

  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const [name, set] of this.sets)
      for await (const tensor of set.tensors()) yield { ...tensor, name: `${name}/${tensor.name}` };
  }

  /** Puts sets back as `tensors` gave them. */
  restore(tensors: readonly NamedTensor[], learner: Learner): void {
    const byName = new Map<string, NamedTensor[]>();
    for (const tensor of tensors) {
      const slash = tensor.name.indexOf('/');
      const name = tensor.name.slice(0, slash);
      const members = byName.get(name) ?? [];
      members.push({ ...tensor, name: tensor.name.slice(slash + 1) });
      byName.set(name, members);
    }
    for (const [name, members] of byName) this.of(name, learner).load(members);
  }
}
