/** The engine's T5 as the learner of a run. */
import { rowLosses } from '../engine/losses';
import { targetLogits } from '../engine/logits';
import { learningRateFactor } from '../engine/optim/schedules';
import type { DeviceSets } from '../engine/parameterSets';
import { answerAndScore, generate } from '../engine/t5/generate';
import type { T5Model } from '../engine/t5/model';
import { trainedSets, Trainer, type TrainerSettings } from '../engine/trainer';
import type { Batch, GenerationSettings, NamedTensor, RowLosses } from '../engine/types';
import type { RunConfig } from '../run/config';
import type { Answering, Contribution, Learner, LossReading, ParameterSet, StageSettings } from './learner';
import type { RunAdapters } from './runAdapters';

export class EngineLearner implements Learner {
  readonly sets: DeviceSets;
  private trainer: Trainer | null = null;
  private steps = 1;

  /**
   * @param fitting how steps are made to fit the device, and which weights are trained, by name: all by default
   * @param adapters those that are trained in place of the weights
   */
  constructor(
    private readonly model: T5Model,
    private readonly config: Pick<RunConfig, 'optimizer' | 'dropout'>,
    private readonly fitting: Pick<TrainerSettings, 'microBatch' | 'checkpoint' | 'trains'> = {},
    readonly adapters?: RunAdapters,
  ) {
    this.sets = adapters?.sets ?? trainedSets(model, fitting.trains);
  }

  get parameterCount(): number {
    return this.model.parameterCount;
  }

  get vocabSize(): number {
    return this.model.config.vocabSize;
  }

  get weights(): ParameterSet {
    return this.sets.weights;
  }

  beginStage({ steps, seed, stage }: StageSettings): void {
    void this.trainer?.dispose();
    this.steps = steps;
    if (stage !== undefined) this.adapters?.begin(stage);
    const { optimizer, dropout = this.model.config.dropoutRate } = this.config;
    const settings = { optimizer, totalSteps: steps, dropout, seed, ...this.fitting, ...this.beside };
    this.trainer = new Trainer(this.model, settings, this.sets);
  }

  learningRate(index: number): number {
    const { learningRate, schedule } = this.config.optimizer;
    return learningRate * learningRateFactor(schedule, index, this.steps);
  }

  step(batch: Batch): LossReading {
    return this.begun().step(batch);
  }

  stepOf(contributions: readonly Contribution[], adjust?: (gradients: ParameterSet) => void): LossReading {
    return this.begun().stepOf(contributions, adjust);
  }

  gradient(
    contributions: readonly Contribution[],
    use: (gradients: ParameterSet) => void,
    mode?: 'training' | 'evaluation',
  ): LossReading {
    return this.begun().gradient(contributions, use, mode);
  }

  logits(batch: Batch): Promise<Uint16Array>[] {
    const all = targetLogits(this.model, batch);
    return Array.from({ length: batch.rows }, (_, row) => {
      const entry = all.then((rows) => rows[row]!);
      // Whether an entry that nobody waits for could be had does not matter.
      entry.catch(() => undefined);
      return entry;
    });
  }

  rowLosses(batch: Batch): Promise<RowLosses> {
    return rowLosses(this.model, batch);
  }

  generate(sources: number[][], settings: GenerationSettings): Promise<number[][]> {
    return generate(this.model, sources, settings);
  }

  answerAndScore(batch: Batch, maxNewTokens: number): ReturnType<typeof answerAndScore> {
    return answerAndScore(this.model, batch, maxNewTokens);
  }

  answering(task: string): Answering {
    const { adapters } = this;
    if (!adapters) return this;
    return {
      rowLosses: (batch) => adapters.answering(task, () => this.rowLosses(batch)),
      generate: (sources, settings) => adapters.answering(task, () => this.generate(sources, settings)),
      answerAndScore: (batch, maxNewTokens) =>
        adapters.answering(task, () => this.answerAndScore(batch, maxNewTokens)),
    };
  }

  optimizerState(): AsyncIterable<NamedTensor> {
    return this.begun().state();
  }

  restoreOptimizer(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    this.begun().restore(tensors, stepsDone);
  }

  dispose(): void {
    void this.trainer?.dispose();
    if (this.adapters) this.adapters.dispose();
    else this.sets.dispose();
    void this.model.dispose();
  }

  private get beside(): Pick<TrainerSettings, 'adapter'> {
    return this.adapters ? { adapter: this.adapters.live } : {};
  }

  private begun(): Trainer {
    if (!this.trainer) throw new Error('no stage has begun');
    return this.trainer;
  }
}
