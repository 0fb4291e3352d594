/** The engine's T5 as the learner of a run. */
import type { Learner, LossReading, StageSettings, TextCodec } from '../continual/learner';
import { rowLosses } from '../engine/losses';
import { learningRateFactor } from '../engine/optim/schedules';
import { parseT5Config } from '../engine/t5/config';
import { generate } from '../engine/t5/generate';
import { T5Model } from '../engine/t5/model';
import { Tokenizer } from '../engine/text/tokenizer';
import { Trainer } from '../engine/trainer';
import type { Batch, GenerationSettings, NamedTensor, RowLosses } from '../engine/types';
import { openModel } from '../models/load';
import type { FileProgress, ModelFolder } from '../models/types';
import type { RunConfig } from '../run/config';
import type { TrainingModel } from './services';

export class EngineLearner implements Learner {
  private trainer: Trainer | null = null;
  private steps = 1;

  constructor(
    private readonly model: T5Model,
    private readonly config: RunConfig,
  ) {}

  get parameterCount(): number {
    return this.model.parameterCount;
  }

  beginStage({ steps, seed }: StageSettings): void {
    void this.trainer?.dispose();
    this.steps = steps;
    this.trainer = new Trainer(this.model, {
      optimizer: this.config.optimizer,
      totalSteps: steps,
      dropout: this.config.dropout ?? this.model.config.dropoutRate,
      seed,
    });
  }

  learningRate(index: number): number {
    const { learningRate, schedule } = this.config.optimizer;
    return learningRate * learningRateFactor(schedule, index, this.steps);
  }

  step(batch: Batch): LossReading {
    return this.begun().step(batch);
  }

  rowLosses(batch: Batch): Promise<RowLosses> {
    return rowLosses(this.model, batch);
  }

  generate(sources: number[][], settings: GenerationSettings): Promise<number[][]> {
    return generate(this.model, sources, settings);
  }

  optimizerState(): AsyncIterable<NamedTensor> {
    return this.begun().state();
  }

  restoreOptimizer(tensors: Iterable<NamedTensor>, stepsDone: number): void {
    this.begun().restore(tensors, stepsDone);
  }

  dispose(): void {
    void this.trainer?.dispose();
    void this.model.dispose();
  }

  private begun(): Trainer {
    if (!this.trainer) throw new Error('no stage has begun');
    return this.trainer;
  }
}

function codecOf(tokenizer: Tokenizer): TextCodec {
  return {
    encode: (text) => tokenizer.encode(text),
    // A model that has forgotten how to answer may end its answer at once.
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode(ids)),
  };
}

/** Streams a Hugging Face folder onto the device that is open. */
export async function openEngineModel(
  folder: ModelFolder,
  config: RunConfig,
  onProgress: (progress: FileProgress) => void,
): Promise<TrainingModel> {
  const opened = await openModel(folder, onProgress, { finite: true });
  const { generation, tokenizer, tokenizerConfig } = opened;
  try {
    const codec = codecOf(Tokenizer.fromJson(tokenizer, tokenizerConfig));
    const model = await T5Model.load(parseT5Config(opened.config, generation), opened.tensors());
    const learner = new EngineLearner(model, config);
    return {
      learner,
      codec,
      checkpointParts: () => ({
        config: opened.config,
        tokenizer,
        ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
        ...(generation === undefined ? {} : { generation }),
        tensors: {
          shapes: model.parameters.names.map((name) => ({ name, shape: model.parameters.shape(name) })),
          tensors: model.tensors(),
        },
      }),
      dispose: () => learner.dispose(),
    };
  } finally {
    // Nobody reads the weights of a folder that could not be opened to the end.
    await opened.close();
  }
}
