/**
 * The LoRA adapters of a run. One is in training from beginning to end, so that what is kept over it (a teacher, a
 * Fisher matrix, an average) stays what it is; where each stage has its own, the matrices of the stage before are put
 * aside and fresh ones take their place.
 */
import type { Adapter, AdapterSettings } from '../engine/adapters/adapter';
import { freshMatrices } from '../engine/adapters/adapter';
import { Orthogonality } from '../engine/adapters/orthogonality';
import { stackMatrices } from '../engine/adapters/stack';
import type { DeviceSet, DeviceSets } from '../engine/parameterSets';
import type { T5Model } from '../engine/t5/model';
import { trainedSets } from '../engine/trainer';
import type { NamedTensor, ParameterSet } from '../engine/types';
import type { RunConfig } from '../run/config';
import { adapterUse, type AdapterUse, type LoraConfig } from '../run/lora';
import type { AdapterLearning } from './learner';
import { adapterSeed } from './order';

/** What tensors of a stage's adapter are named by in a checkpoint: `stage-2/….lora_A.weight`. */
const nameOf = (stage: number): string => `stage-${stage}`;

export interface RunAdaptersSettings {
  lora: LoraConfig;
  use: AdapterUse;
  /** Task of each stage, in order. */
  stages: readonly string[];
  /** The run's. */
  seed: number;
}

export function adaptersOf(
  lora: LoraConfig,
  { method, plan, seed }: Pick<RunConfig, 'method' | 'plan' | 'seed'>,
): RunAdaptersSettings {
  return { lora, use: adapterUse(lora, method), stages: plan.stages.map(({ task }) => task), seed };
}

export class RunAdapters implements AdapterLearning {
  /** Over the adapter in training. */
  readonly sets: DeviceSets;
  /** The stage that the adapter in training belongs to; 1 throughout where there is one for all. */
  #stage = 1;
  /** The adapters of the stages before, as they were when those ended. */
  readonly #kept = new Map<number, DeviceSet>();
  /** What the adapter in training is while another answers in its place. */
  #aside: DeviceSet | undefined;
  #orthogonality: Orthogonality | undefined;

  private constructor(
    private readonly model: T5Model,
    private readonly settings: RunAdaptersSettings,
    /** The one in training. */
    readonly live: Adapter,
    /** All earlier ones side by side, where they are added up. */
    private readonly earlier: Adapter | null,
  ) {
    this.sets = trainedSets(model, undefined, live);
  }

  /** @throws Error for a target that the model has not */
  static async open(model: T5Model, settings: RunAdaptersSettings): Promise<RunAdapters> {
    const { lora, use, stages, seed } = settings;
    const { rank, alpha, dropout, targets } = lora;
    const own: AdapterSettings = { rank, alpha, dropout, targets };
    const live = await model.adapters.create('the adapter in training', own, adapterSeed(seed, 1));
    await model.adapters.attach(live);
    const others = use === 'summed' ? stages.length - 1 : 0;
    const wide = { ...own, rank: others * rank, alpha: others * alpha, dropout: 0 };
    const earlier = others > 0 ? await model.adapters.zeros('earlier adapters', wide) : null;
    return new RunAdapters(model, settings, live, earlier);
  }

  /** Device memory of all adapters that there are by now, without gradients and moments. */
  get bytes(): number {
    const { weights } = this.sets;
    const other = this.earlier?.parameters.buffers.reduce((sum, { length }) => sum + 4 * length, 0) ?? 0;
    return weights.bytes * (1 + this.#kept.size) + other;
  }

  /** Fresh matrices for a stage that has its own, once; nothing where it has begun already. */
  begin(stage: number): void {
    if (this.settings.use === 'shared' || stage === this.#stage) return;
    if (stage !== this.#stage + 1) throw new Error(`stage ${stage} can't follow stage ${this.#stage}`);
    this.sets.copy(this.sets.weights, this.#keep(this.#stage));
    this.#stage = stage;
    const { rank } = this.settings.lora;
    this.sets.weights.load(freshMatrices(this.live.layout, rank, adapterSeed(this.settings.seed, stage)));
    this.#addUp();
  }

  /** Runs work with the adapter that answers a task in place of the one in training. */
  async answering<T>(task: string, work: () => Promise<T>): Promise<T> {
    if (this.settings.use !== 'per-task') return work();
    const stage = this.settings.stages.indexOf(task) + 1;
    if (stage === this.#stage) return work();
    const { sets, model, live } = this;
    const own = this.#kept.get(stage);
    if (!own) {
      // Not learnt yet, or never: the model without any adapter.
      void model.adapters.scale(live, 0);
      try {
        return await work();
      } finally {
        await model.adapters.scale(live, 1);
      }
    }
    this.#aside ??= sets.create('adapter put aside');
    sets.copy(sets.weights, this.#aside);
    sets.copy(own, sets.weights);
    try {
      return await work();
    } finally {
      sets.copy(this.#aside, sets.weights);
    }
  }

  /** Adds λ·∂Σ|A·A'ᵀ| over the adapters of the stages before to a gradient of the one in training. */
  addOverlap(gradients: ParameterSet, strength: number): void {
    this.#overlap?.addGradient(gradients, strength);
  }

  /** Σ|A·A'ᵀ| over the adapters of the stages before. */
  overlap(): Promise<number> {
    return this.#overlap?.value() ?? Promise.resolve(0);
  }

  get #overlap(): Orthogonality | undefined {
    if (!this.earlier || this.#kept.size === 0) return undefined;
    return (this.#orthogonality ??= new Orthogonality(this.model, this.live, [this.earlier]));
  }

  /** The matrices of all adapters, for a checkpoint; those of the last stage are the ones in training. */
  async *tensors(): AsyncGenerator<NamedTensor> {
    for (const [stage, set] of [...this.#kept, [this.#stage, this.sets.weights] as const])
      for await (const tensor of set.tensors()) yield { ...tensor, name: `${nameOf(stage)}/${tensor.name}` };
  }

  /** Puts back what `tensors` gave. @throws Error that names what is missing, unknown or of another shape */
  restore(tensors: readonly NamedTensor[]): void {
    const byStage = new Map<number, NamedTensor[]>();
    for (const tensor of tensors) {
      const [, stage, name] = /^stage-(\d+)\/(.+)$/.exec(tensor.name) ?? [];
      if (stage === undefined || name === undefined) throw new Error(`${tensor.name} is of no adapter`);
      const members = byStage.get(Number(stage)) ?? [];
      members.push({ ...tensor, name });
      byStage.set(Number(stage), members);
    }
    const last = Math.max(...byStage.keys());
    if (!Number.isFinite(last)) throw new Error('there is no adapter to go on with');
    for (const [stage, members] of [...byStage].sort(([a], [b]) => a - b))
      if (stage < last) this.#keep(stage).load(members);
    this.sets.weights.load(byStage.get(last) ?? []);
    this.#stage = last;
    this.#addUp();
  }

  /** Frees the sets; the adapters go with the model. */
  dispose(): void {
    void this.#orthogonality?.dispose();
    this.sets.dispose();
    this.live.free();
    this.earlier?.free();
  }

  #keep(stage: number): DeviceSet {
    const set = this.sets.create(`adapter of stage ${stage}`);
    this.#kept.set(stage, set);
    return set;
  }

  /** Writes the adapters of the stages before side by side, and attaches them once there are any. */
  #addUp(): void {
    const { earlier, model } = this;
    if (!earlier || this.#kept.size === 0) return;
    const kept = [...this.#kept.values()];
    this.sets.weights.queue(async () => {
      const members: NamedTensor[][] = [];
      for (const set of kept) {
        const tensors: NamedTensor[] = [];
        for (const name of set.parameters.names)
          tensors.push({ name, shape: set.parameters.shape(name), data: await set.parameters.read(name) });
        members.push(tensors);
      }
      for (const { name, data } of stackMatrices(members, earlier.settings.rank))
        await earlier.parameters.assign(name, data);
    });
    if (!model.adapters.attached.includes(earlier)) void model.adapters.attach(earlier);
  }
}
