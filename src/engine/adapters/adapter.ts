/** One LoRA adapter: two thin matrices beside each projection that it targets. @see Hu et al. 2021, "LoRA" */
import { Parameters } from '../parameters';
import type { Executor } from '../program/executor';
import { draw, streamKey } from '../random';
import type { Layout } from '../t5/layout';
import type { NamedTensor } from '../types';
import { layOutAdapter, namedTargets, targetedModules, type AdapterLayout } from './layout';

export interface AdapterSettings {
  /** Inner size of the two matrices. */
  rank: number;
  /** The product is scaled by alpha / rank. */
  alpha: number;
  /** Dropout of the adapter's input while it is trained. */
  dropout: number;
  /** Ends of module names: `q`, `k`, `v`, `o`, `wi` (both halves of a gate), `wo`, or longer ones. */
  targets: readonly string[];
  /** Scale by alpha / sqrt(rank) instead. @see Kalajdzievski 2023, "Rank-stabilized LoRA" */
  rankStabilized?: boolean;
}

/** @throws RangeError that names the setting and says what it may be */
export function checkSettings({ rank, alpha, dropout, targets }: AdapterSettings): void {
  if (!Number.isInteger(rank) || rank < 1)
    throw new RangeError(`rank is ${rank}; expected a whole number from 1 up`);
  if (!Number.isFinite(alpha)) throw new RangeError(`alpha is ${alpha}; expected a number`);
  if (!(dropout >= 0 && dropout < 1))
    throw new RangeError(`dropout is ${dropout}; expected a number from 0 up, below 1`);
  if (targets.length === 0)
    throw new RangeError('no targets: an adapter goes beside at least one projection');
}

/** What the product of the matrices is multiplied by before any factor of the user's. */
export const scalingOf = ({ alpha, rank, rankStabilized }: AdapterSettings): number =>
  alpha / (rankStabilized ? Math.sqrt(rank) : rank);

/**
 * Matrices as PEFT begins them: A uniform in ±1/sqrt(inputs) (Kaiming, a = sqrt(5)), B zero, so that nothing changes
 * yet. The same for the same seed.
 */
export function* freshMatrices({ parts }: AdapterLayout, rank: number, seed: number): Generator<NamedTensor> {
  for (const { module, number, inputs, outputs } of [...parts.values()].flat()) {
    const key = streamKey(seed, number);
    const bound = 1 / Math.sqrt(inputs);
    yield {
      name: `${module}.lora_A.weight`,
      shape: [rank, inputs],
      data: Float32Array.from({ length: rank * inputs }, (_, i) => bound * (draw(key, i) / 2 ** 31 - 1)),
    };
    const data = new Float32Array(outputs * rank);
    yield { name: `${module}.lora_B.weight`, shape: [outputs, rank], data };
  }
}

let made = 0;

export class Adapter {
  /** Tells adapters apart, whatever their names. */
  readonly id = `adapter${(made += 1)}`;
  /** `<module>.lora_A.weight` [rank, inputs] and `<module>.lora_B.weight` [outputs, rank]. */
  readonly parameters: Parameters;
  readonly layout: AdapterLayout;
  /** With targets as the model's own names end. */
  readonly settings: AdapterSettings;

  /** Allocates the matrices, zeroed. */
  private constructor(
    readonly name: string,
    settings: AdapterSettings,
    executor: Executor,
    base: Layout,
  ) {
    checkSettings(settings);
    this.settings = { ...settings, targets: namedTargets(base, settings.targets) };
    this.layout = layOutAdapter(base, targetedModules(base, settings.targets), settings.rank);
    this.parameters = new Parameters(executor, this.layout.layout, `${name} of rank ${settings.rank} `);
  }

  /** A new adapter, with `freshMatrices`. */
  static async create(
    name: string,
    settings: AdapterSettings,
    seed: number,
    executor: Executor,
    base: Layout,
  ): Promise<Adapter> {
    const adapter = Adapter.zeros(name, settings, executor, base);
    for (const { name: matrix, data } of freshMatrices(adapter.layout, settings.rank, seed))
      if (data.some((x) => x !== 0)) await adapter.parameters.assign(matrix, data);
    return adapter;
  }

  /** An adapter of zeros, to be filled in. */
  static zeros(name: string, settings: AdapterSettings, executor: Executor, base: Layout): Adapter {
    return new Adapter(name, settings, executor, base);
  }

  /**
   * An adapter with given matrices.
   * @param tensors each of the adapter's, once, in any order
   * @throws Error that names the tensor that is missing, unknown or of another shape; nothing is kept then
   */
  static async load(
    name: string,
    settings: AdapterSettings,
    tensors: AsyncIterable<NamedTensor> | Iterable<NamedTensor>,
    executor: Executor,
    base: Layout,
  ): Promise<Adapter> {
    const adapter = new Adapter(name, settings, executor, base);
    try {
      const missing = new Set(adapter.parameters.names);
      for await (const tensor of tensors) {
        if (!adapter.parameters.has(tensor.name))
          throw new Error(`${tensor.name} goes beside nothing that the model has and the targets name`);
        const shape = adapter.parameters.shape(tensor.name);
        if (shape.join() !== tensor.shape.join())
          throw new Error(
            `${tensor.name} is [${tensor.shape.join(', ')}], expected [${shape.join(', ')}] at rank ${settings.rank}`,
          );
        if (!missing.delete(tensor.name)) throw new Error(`${tensor.name} is stored twice`);
        await adapter.parameters.assign(tensor.name, tensor.data);
      }
      const [first] = missing;
      if (first !== undefined) throw new Error(`the adapter lacks ${first}`);
      return adapter;
    } catch (error) {
      adapter.free();
      throw error;
    }
  }

  get scaling(): number {
    return scalingOf(this.settings);
  }

  /** Hugging Face's names of the modules that it goes beside. */
  get modules(): string[] {
    return [...this.layout.parts.values()].flat().map(({ module }) => module);
  }

  /** Host copies of its matrices, one at a time. */
  tensors(): AsyncGenerator<NamedTensor> {
    return this.parameters.tensors();
  }

  /** Frees what it holds on the device. `Adapters.remove` does it in turn. */
  free(): void {
    this.parameters.dispose();
  }
}
