/** A real T5 of a few thousand weights that runs on the host, for tests of methods: exact, and quick enough. */
import type { Executor } from '../engine/program/executor';
import { ReferenceExecutor } from '../engine/program/referenceExecutor';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { adamw, microConfig, microTensors } from '../engine/testing';
import type { OptimizerSettings } from '../engine/types';
import type { Precision } from '../engine/t5/layout';
import { EngineLearner } from './engineLearner';
import { RunAdapters, type RunAdaptersSettings } from './runAdapters';

/**
 * @param settings dropout is 0 by default, the optimiser AdamW at a constant rate without weight decay
 * @returns the learner and its model; token ids are below 29, of which 0 is padding and 1 the end
 */
export async function tinyLearner(
  settings: {
    seed?: number;
    dropout?: number;
    optimizer?: OptimizerSettings;
    /** Which weights are trained, by name; all by default. */
    trains?: (name: string) => boolean;
    /** The adapters that are trained in place of the weights; none by default. */
    adapters?: RunAdaptersSettings;
    /** How the weights are kept; f32 by default. */
    precision?: Precision;
    /** What it runs on; the reference by default. */
    executor?: Executor;
  } = {},
): Promise<{ learner: EngineLearner; model: T5Model }> {
  const config = parseT5Config(microConfig);
  const tensors = microTensors(config, settings.seed);
  const model = await T5Model.load(
    config,
    tensors,
    settings.executor ?? new ReferenceExecutor(),
    settings.precision,
  );
  const schedule = { name: 'constant', warmupSteps: 0 } as const;
  const optimizer = settings.optimizer ?? { ...adamw, weightDecay: 0, schedule };
  const { dropout = 0, trains } = settings;
  const adapters = settings.adapters && (await RunAdapters.open(model, settings.adapters));
  const learner = new EngineLearner(model, { optimizer, dropout }, trains ? { trains } : {}, adapters);
  return { learner, model };
}
