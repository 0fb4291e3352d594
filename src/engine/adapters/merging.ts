/** Adapters within the weights: W + Σ factor·scaling·B·A, and W again, to the byte. */
import { matmul, rowMajor } from '../ops/matmul/matmul';
import type { Executor } from '../program/executor';
import { ProgramBuilder, whole } from '../program/program';
import { scalars as slots } from '../program/scalars';
import type { T5Model } from '../t5/model';
import type { Adapter } from './adapter';

/**
 * factor·scaling·B·A, what an adapter adds to a weight [outputs, inputs] of the model.
 * @param weight Hugging Face's name; null where the adapter has nothing beside it
 */
export async function deltaOf(
  executor: Executor,
  adapter: Adapter,
  weight: string,
  factor: number,
): Promise<Float32Array | null> {
  const { rank } = adapter.settings;
  for (const [key, parts] of adapter.layout.parts)
    for (const { module, index, inputs, outputs, firstB } of parts) {
      if (weight !== `${module}.weight`) continue;
      const p = new ProgramBuilder(`delta of ${module}`);
      const delta = p.output('delta', outputs * inputs);
      // A matmul of its own needs the scalars bound, but reads none of them.
      const unread = whole({ name: 'unread', kind: 'scratch', dtype: 'f32', length: slots.length });
      const a = rowMajor(adapter.parameters.group(`${key}.A`), inputs, index * rank * inputs);
      const b = rowMajor(adapter.parameters.group(`${key}.B`), rank, firstB * rank);
      const alpha = adapter.scaling * factor;
      matmul(p, unread, b, a, rowMajor(delta, inputs), { M: outputs, N: inputs, K: rank, alpha });
      const loaded = await executor.load(p.build());
      executor.run(loaded);
      const data = await executor.read(delta, loaded);
      executor.unload(loaded);
      return data;
    }
  return null;
}

const sameBytes = (a: Float32Array, b: Float32Array): boolean => {
  const [x, y] = [a, b].map((data) => new Uint32Array(data.buffer, data.byteOffset, data.length));
  return x!.length === y!.length && x!.every((word, i) => word === y![i]);
};

export class Merging {
  readonly #model: T5Model;
  #merged: readonly { adapter: Adapter; factor: number }[] = [];
  /** What each weight was before the first adapter was merged, and what it is since the last. */
  readonly #kept = new Map<string, { before: Float32Array; since: Float32Array }>();

  constructor(model: T5Model) {
    this.#model = model;
  }

  get adapters(): Adapter[] {
    return this.#merged.map(({ adapter }) => adapter);
  }

  has(adapter: Adapter): boolean {
    return this.adapters.includes(adapter);
  }

  async merge(adapter: Adapter, factor: number): Promise<void> {
    if (this.has(adapter)) throw new Error(`${adapter.name} is merged already`);
    await this.#become([...this.#merged, { adapter, factor }], adapter);
  }

  /** @throws Error when it is not merged, or the weights have been trained since */
  async unmerge(adapter: Adapter): Promise<void> {
    if (!this.has(adapter)) throw new Error(`${adapter.name} is not merged`);
    await this.#become(
      this.#merged.filter((other) => other.adapter !== adapter),
      adapter,
    );
  }

  forget(): void {
    this.#merged = [];
    this.#kept.clear();
  }

  /** Makes the weights beside `changed` the sum of what they were and the adapters, in order. */
  async #become(merged: readonly { adapter: Adapter; factor: number }[], changed: Adapter): Promise<void> {
    const { parameters, executor } = this.#model;
    const names = changed.modules.map((module) => `${module}.weight`);
    for (const name of names) {
      const kept = this.#kept.get(name);
      if (kept && !sameBytes(await parameters.read(name), kept.since))
        throw new Error(`${name} has changed since ${changed.name} was merged; it can't be what it was`);
    }
    for (const name of names) {
      const before = this.#kept.get(name)?.before ?? (await parameters.read(name)).slice();
      const sum = before.slice();
      let touched = false;
      for (const { adapter, factor } of merged) {
        const delta = await deltaOf(executor, adapter, name, factor);
        delta?.forEach((x, i) => (sum[i]! += x));
        touched ||= delta !== null;
      }
      await parameters.assign(name, sum);
      // Read back, since weights of half precision are rounded on the way.
      if (touched) this.#kept.set(name, { before, since: (await parameters.read(name)).slice() });
      else this.#kept.delete(name);
    }
    this.#merged = merged;
  }
}
