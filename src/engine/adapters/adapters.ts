/** The adapters of a model: attached to its programs, scaled, merged into its weights and taken out again. */
import { scalars as slots } from '../program/scalars';
import type { T5Model } from '../t5/model';
import type { ArenaSet } from '../t5/layout';
import type { NamedTensor } from '../types';
import { Adapter, type AdapterSettings } from './adapter';
import type { LowRank } from './lowRank';
import { deltaOf, Merging } from './merging';

interface Attached {
  adapter: Adapter;
  slot: number;
  factor: number;
}

/** What a program needs to train an attached adapter. */
export interface AdapterTraining {
  adapter: Adapter;
  gradients: ArenaSet;
  /** Dropout of the adapter's input; 0 to compute without. */
  dropout: number;
}

/**
 * Calls take effect in the order in which they and other work on the model are asked for. Attached adapters are part
 * of everything that the model computes: losses, generation, training.
 */
export class Adapters {
  readonly #model: T5Model;
  readonly #merging: Merging;
  #attached: readonly Attached[] = [];

  constructor(model: T5Model) {
    this.#model = model;
    this.#merging = new Merging(model);
  }

  /** A new adapter, which changes nothing until it has been trained; not attached yet. */
  create(name: string, settings: AdapterSettings, seed: number): Promise<Adapter> {
    const { executor, parameters } = this.#model;
    return this.#model.enqueue(() => Adapter.create(name, settings, seed, executor, parameters.layout));
  }

  /** An adapter of zeros, which has nothing to learn from until it is filled in; not attached yet. */
  zeros(name: string, settings: AdapterSettings): Promise<Adapter> {
    const { executor, parameters } = this.#model;
    return this.#model.enqueue(() =>
      Promise.resolve(Adapter.zeros(name, settings, executor, parameters.layout)),
    );
  }

  /** An adapter from stored matrices; not attached yet. @throws Error as `Adapter.load` */
  load(
    name: string,
    settings: AdapterSettings,
    tensors: AsyncIterable<NamedTensor> | Iterable<NamedTensor>,
  ): Promise<Adapter> {
    const { executor, parameters } = this.#model;
    return this.#model.enqueue(() => Adapter.load(name, settings, tensors, executor, parameters.layout));
  }

  /** Those that are attached, in the order in which they were. */
  get attached(): Adapter[] {
    return this.#attached.map(({ adapter }) => adapter);
  }

  /**
   * @param factor what the adapter's own scaling is multiplied by
   * @throws Error when it is attached or merged already, RangeError when too many are
   */
  attach(adapter: Adapter, factor = 1): Promise<void> {
    return this.#model.enqueue(() => {
      if (this.#find(adapter)) throw new Error(`${adapter.name} is attached already`);
      if (this.#merging.has(adapter)) throw new Error(`${adapter.name} is merged into the weights`);
      const taken = new Set(this.#attached.map(({ slot }) => slot));
      const slot = slots.adapterScales.find((free) => !taken.has(free));
      if (slot === undefined)
        throw new RangeError(`${taken.size} adapters are attached, as many as there is room for`);
      this.#attached = [...this.#attached, { adapter, slot, factor }];
      this.#writeScale(adapter);
      return Promise.resolve();
    });
  }

  /** @throws Error when it is not attached */
  detach(adapter: Adapter): Promise<void> {
    return this.#model.enqueue(() => {
      this.#take(adapter);
      this.#attached = this.#attached.filter((other) => other.adapter !== adapter);
      return Promise.resolve();
    });
  }

  /** Another factor for an attached adapter: 0 turns it off, 1 is as it was trained. Nothing is compiled anew. */
  scale(adapter: Adapter, factor: number): Promise<void> {
    return this.#model.enqueue(() => {
      this.#take(adapter).factor = factor;
      this.#writeScale(adapter);
      return Promise.resolve();
    });
  }

  /** @throws Error when it is not attached */
  factor(adapter: Adapter): number {
    return this.#take(adapter).factor;
  }

  /**
   * Adds an adapter to the weights themselves; it is no longer attached. What the weights were is kept on the host.
   * @param factor by default the one it is attached with, else 1
   */
  merge(adapter: Adapter, factor?: number): Promise<void> {
    return this.#model.enqueue(async () => {
      const scale = factor ?? this.#find(adapter)?.factor ?? 1;
      await this.#merging.merge(adapter, scale);
      this.#attached = this.#attached.filter((other) => other.adapter !== adapter);
    });
  }

  /** Takes a merged adapter out: without any, the weights are byte for byte what they were. */
  unmerge(adapter: Adapter): Promise<void> {
    return this.#model.enqueue(() => this.#merging.unmerge(adapter));
  }

  /** Those whose sums the weights hold, in the order in which they were merged. */
  get merged(): Adapter[] {
    return this.#merging.adapters;
  }

  /** Forgets what the weights were before merging: the sum is what they are from now on. */
  keepMerged(): Promise<void> {
    return this.#model.enqueue(() => {
      this.#merging.forget();
      return Promise.resolve();
    });
  }

  /** Every parameter of the model with the attached adapters added, one at a time; the model stays as it is. */
  async *mergedTensors(): AsyncGenerator<NamedTensor> {
    // Those that are still to be attached count.
    await this.#model.enqueue(() => Promise.resolve());
    const attached = this.#attached.slice();
    for await (const tensor of this.#model.tensors()) {
      for (const { adapter, factor } of attached) {
        const delta = await this.#model.enqueue(() =>
          deltaOf(this.#model.executor, adapter, tensor.name, factor),
        );
        delta?.forEach((x, i) => (tensor.data[i]! += x));
      }
      yield tensor;
    }
  }

  /** Detaches an adapter if need be, unloads what uses it and frees it. @throws Error while it is merged */
  remove(adapter: Adapter): Promise<void> {
    return this.#model.enqueue(async () => {
      if (this.#merging.has(adapter))
        throw new Error(`${adapter.name} is merged into the weights: unmerge it`);
      this.#attached = this.#attached.filter((other) => other.adapter !== adapter);
      await this.#model.releasePrograms((key) => key.split(/[ +]/).includes(adapter.id));
      adapter.free();
    });
  }

  /** What the programs of the model have of them now. @throws Error when the one to be trained is not attached */
  uses(training?: AdapterTraining): LowRank[] {
    if (training) this.#take(training.adapter);
    return this.#attached.map(({ adapter, slot }) => ({
      rank: adapter.settings.rank,
      parts: adapter.layout.parts,
      weights: adapter.parameters,
      slot,
      ...(training?.adapter === adapter && { gradients: training.gradients, dropout: training.dropout }),
    }));
  }

  /** Names those that are attached, for programs that are kept. */
  get key(): string {
    return this.#attached.map(({ adapter, slot }) => `${adapter.id}+${slot}`).join('+');
  }

  #find(adapter: Adapter): Attached | undefined {
    return this.#attached.find((other) => other.adapter === adapter);
  }

  #take(adapter: Adapter): Attached {
    const found = this.#find(adapter);
    if (!found) throw new Error(`${adapter.name} is not attached`);
    return found;
  }

  #writeScale(adapter: Adapter): void {
    const { slot, factor } = this.#take(adapter);
    this.#model.setScalar(slot, adapter.scaling * factor);
    this.#model.writeScalars();
  }
}
