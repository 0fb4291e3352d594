/**
 * The penalty λ·Σ|A·A'ᵀ| of O-LoRA, summed over the projections that the adapter in training (A) and an earlier one
 * (A') both go beside: it keeps the new subspace orthogonal to the old ones. @see Wang et al. 2023, "O-LoRA"
 */
import {
  overlap,
  overlapGrad,
  overlapTable,
  type OverlapPair,
  type OverlapTable,
} from '../ops/overlap/overlap';
import type { Parameters } from '../parameters';
import { DeviceSet } from '../parameterSets';
import type { LoadedProgram } from '../program/executor';
import { ProgramBuilder, type View } from '../program/program';
import type { T5Model } from '../t5/model';
import type { ParameterSet } from '../types';
import type { Adapter } from './adapter';

interface Loaded {
  loaded: LoadedProgram;
  products: View[];
  factors: View;
}

/** Where an adapter's A of each module lies in arenas that are laid out so; all of one adapter's are one arena. */
function places(layout: Parameters['layout']): Map<string, number> {
  const ending = '.lora_A.weight';
  const matrices = layout.tensors.filter(({ name }) => name.endsWith(ending));
  return new Map(matrices.map(({ name, offset }) => [name.slice(0, -ending.length), offset]));
}

const onlyArena = (set: Parameters): View => {
  const [view] = set.views();
  if (!view) throw new Error('an adapter without an arena');
  return view;
};

export class Orthogonality {
  readonly #model: T5Model;
  readonly #current: Adapter;
  readonly #earlier: readonly Adapter[];
  /** By the parameters that the gradient is added to; without any, the products alone. */
  readonly #programs = new Map<Parameters | null, Promise<Loaded>>();

  /**
   * @param current the adapter in training
   * @param earlier those that it is kept orthogonal to; adapters with no projection in common count for nothing
   */
  constructor(model: T5Model, current: Adapter, earlier: readonly Adapter[]) {
    this.#model = model;
    this.#current = current;
    this.#earlier = earlier.filter((adapter) => {
      const modules = new Set(adapter.modules);
      return current.modules.some((module) => modules.has(module));
    });
  }

  /**
   * Adds the gradient of the penalty, λ·sign(A·A'ᵀ)·A', to that of A, in the order in which work on the model is asked
   * for: for `adjust` of `Trainer.stepOf`.
   * @param gradients of the adapter in training
   * What fails is told of by the next step.
   * @throws Error when they are of another learner
   */
  addGradient(gradients: ParameterSet, strength: number): void {
    if (!(gradients instanceof DeviceSet)) throw new Error('gradients of another learner');
    if (strength === 0 || this.#earlier.length === 0) return;
    gradients.queue(async () => {
      const { executor } = this.#model;
      const { loaded, factors } = await this.#program(gradients.parameters);
      executor.write(factors, Float32Array.of(strength), loaded);
      executor.run(loaded);
    });
  }

  /** Σ|A·A'ᵀ|, read from the device. */
  async value(): Promise<number> {
    if (this.#earlier.length === 0) return 0;
    const readings = await this.#model.enqueue(async () => {
      const { executor } = this.#model;
      const { loaded, products } = await this.#program(null);
      executor.run(loaded);
      return { all: Promise.all(products.map((view) => executor.read(view, loaded))) };
    });
    return (await readings.all).flatMap((list) => [...list]).reduce((sum, x) => sum + Math.abs(x), 0);
  }

  /** Unloads its programs; before the adapters and gradients go. */
  dispose(): Promise<void> {
    return this.#model.enqueue(async () => {
      for (const program of this.#programs.values()) {
        const done = await program.catch(() => undefined);
        if (done) this.#model.executor.unload(done.loaded);
      }
      this.#programs.clear();
    });
  }

  #program(gradients: Parameters | null): Promise<Loaded> {
    const program = this.#programs.get(gradients) ?? this.#load(gradients);
    this.#programs.set(gradients, program);
    program.catch(() => this.#programs.delete(gradients));
    return program;
  }

  async #load(gradients: Parameters | null): Promise<Loaded> {
    const p = new ProgramBuilder('orthogonality');
    const factors = p.input('factors', 1);
    const a = onlyArena(this.#current.parameters);
    const tables: { view: View; table: OverlapTable }[] = [];
    const products = this.#earlier.map((adapter, i) => {
      const table = overlapTable(this.#pairs(adapter, gradients));
      const view = p.input(`table${i}`, table.data.length, 'u32');
      tables.push({ view, table });
      const found = p.output(`products${i}`, table.count);
      const o = onlyArena(adapter.parameters);
      overlap(p, { a, o, table: view, products: found }, table);
      if (gradients)
        overlapGrad(p, { products: found, o, table: view, factors, da: onlyArena(gradients) }, table);
      return found;
    });
    const { executor } = this.#model;
    const loaded = await executor.load(p.build());
    for (const { view, table } of tables) executor.write(view, table.data, loaded);
    return { loaded, products, factors };
  }

  #pairs(other: Adapter, gradients: Parameters | null): OverlapPair[] {
    const [own, old] = [places(this.#current.parameters.layout), places(other.parameters.layout)];
    const added = gradients && places(gradients.layout);
    return [...this.#current.layout.parts.values()].flat().flatMap(({ module, inputs }) => {
      const [a, o, da] = [own.get(module), old.get(module), added ? added.get(module) : 0];
      if (a === undefined || o === undefined) return [];
      if (da === undefined) throw new Error(`there is no gradient of ${module}.lora_A.weight`);
      return [{ a, o, da, rows: this.#current.settings.rank, others: other.settings.rank, width: inputs }];
    });
  }
}
