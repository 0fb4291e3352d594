/** Opens a Hugging Face folder as the model of a run. */
import { leftToTrain } from '../continual/methods/freezing';
import { EngineLearner } from '../continual/engineLearner';
import type { TextCodec } from '../continual/learner';
import { adaptersOf, RunAdapters } from '../continual/runAdapters';
import { currentExecutor } from '../engine/device';
import type { Executor } from '../engine/program/executor';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { Tokenizer } from '../engine/text/tokenizer';
import { openModel } from '../models/load';
import type { FileProgress, ModelFolder } from '../models/types';
import type { RunConfig } from '../run/config';
import { Fingerprint } from './fingerprint';
import { fitToDevice, fittingWords } from './memory';
import type { TrainingModel } from './services';
import type { TryoutModel } from './tryout';

function codecOf(tokenizer: Tokenizer): TextCodec {
  return {
    encode: (text) => tokenizer.encode(text),
    // A model that has forgotten how to answer may end its answer at once.
    decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode(ids)),
  };
}

/** Opens a folder for adapters to be tried on, on the device that is open. */
export async function openTryoutModel(
  folder: ModelFolder,
  executor: Executor = currentExecutor(),
): Promise<TryoutModel> {
  const opened = await openModel(folder, () => undefined, { finite: true });
  const { config, generation, tokenizer, tokenizerConfig } = opened;
  try {
    const read = Tokenizer.fromJson(tokenizer, tokenizerConfig);
    const codec = { ...codecOf(read), piece: (id: number) => read.piece(id) };
    const model = await T5Model.load(parseT5Config(config, generation), opened.tensors(), executor);
    return { model, codec, parts: opened };
  } finally {
    await opened.close();
  }
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
    const modelConfig = parseT5Config(opened.config, generation);
    const fitting = fitToDevice(config, modelConfig, currentExecutor());
    const { method, lora } = config;
    const print = new Fingerprint();
    const tensors = lora ? print.of(opened.tensors()) : opened.tensors();
    const model = await T5Model.load(modelConfig, tensors, currentExecutor(), lora?.base);
    const { microBatch, checkpoint } = fitting;
    const trains = method.name === 'freezing' ? { trains: leftToTrain(method) } : {};
    const adapters = lora && (await RunAdapters.open(model, adaptersOf(lora, config)));
    const learner = new EngineLearner(model, config, { microBatch, checkpoint, ...trains }, adapters);
    return {
      learner,
      codec,
      ...(lora && { base: print.text }),
      memory: fittingWords(fitting, config),
      memoryBytes: fitting.needs.total,
      watchCompiling: (told) => {
        // Where there is one pipeline there is nothing to wait for.
        model.onCompile = (compiled, of) => {
          if (of > 1) told(compiled, of);
        };
      },
      checkpointParts: () => ({
        config: opened.config,
        tokenizer,
        ...(tokenizerConfig === undefined ? {} : { tokenizerConfig }),
        ...(generation === undefined ? {} : { generation }),
        tensors: {
          shapes: model.parameters.names.map((name) => ({ name, shape: model.parameters.shape(name) })),
          // With LoRA the sum: a checkpoint is a model that stands by itself.
          tensors: lora ? model.adapters.mergedTensors() : model.tensors(),
        },
      }),
      dispose: () => learner.dispose(),
    };
  } finally {
    // Nobody reads the weights of a folder that could not be opened to the end.
    await opened.close();
  }
}
