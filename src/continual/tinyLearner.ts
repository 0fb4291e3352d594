/** A real T5 of a few thousand weights that runs on the host, for tests of methods: exact, and quick enough. */
import type { Executor } from '../engine/program/executor';
import { ReferenceExecutor } from '../engine/program/referenceExecutor';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { adamw, microConfig, microTensors } from '../engine/testing';
import type { OptimizerSettings } from '../engine/types';
import { EngineLearner } from './engineLearner';

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
    /** What it runs on; the reference by default. */
    executor?: Executor;
  } = {},
): Promise<{ learner: EngineLearner; model: T5Model }> {
  const config = parseT5Config(microConfig);
  const tensors = microTensors(config, settings.seed);
  const model = await T5Model.load(config, tensors, settings.executor ?? new ReferenceExecutor());
  const schedule = { name: 'constant', warmupSteps: 0 } as const;
  const optimizer = settings.optimizer ?? { ...adamw, weightDecay: 0, schedule };
  const { dropout = 0, trains } = settings;
  return { learner: new EngineLearner(model, { optimizer, dropout }, trains ? { trains } : {}), model };
}
