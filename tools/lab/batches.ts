/** The batches that a run's first steps train on, for repeating them in another framework. */
import { ExampleOrder, stageSteps } from '../../src/continual/order';
import { prepareTask } from '../../src/continual/prepare';
import { loadTask } from '../../src/data/load';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import type { TokenizedExample } from '../../src/engine/types';
import { urlFolder } from '../../src/models/folder';
import { openModel } from '../../src/models/load';
import type { RunConfig } from '../../src/run/config';

export interface BatchDump {
  version: 1;
  /** Of each step its examples' token ids, each ending in `</s>`, unpadded. */
  steps: { stage: number; task: string; examples: TokenizedExample[] }[];
}

/** @param baseUrl the page's address, which the config's model and files are relative to */
export async function dumpBatches(config: RunConfig, baseUrl: string, count: number): Promise<BatchDump> {
  const { model } = config;
  if (model.source !== 'folder' && model.source !== 'bundled')
    throw new Error(`batches need a model folder or a bundled model, not ${model.source}`);
  const where = model.source === 'folder' ? model.path : `models/${model.name}/`;
  const opened = await openModel(urlFolder(new URL(where, baseUrl).href));
  const codec = Tokenizer.fromJson(opened.tokenizer, opened.tokenizerConfig);
  await opened.close();
  const steps: BatchDump['steps'] = [];
  for (const [index, stage] of config.plan.stages.entries()) {
    if (steps.length >= count) break;
    const task = config.tasks.find(({ id }) => id === stage.task)!;
    const parts = await loadTask(task, {
      baseUrl,
      stored: () => Promise.reject(new Error('nothing is stored here')),
    });
    const prepared = await prepareTask(task, parts, codec, config, true, () => Promise.resolve());
    const rows = prepared.train.length;
    const order = new ExampleOrder(rows, config.seed, index + 1);
    const length = stageSteps(stage, rows, config.batchSize);
    for (let step = 0; step < length && steps.length < count; step++)
      steps.push({
        stage: index + 1,
        task: task.id,
        examples: order.rows(step * config.batchSize, config.batchSize).map((row) => prepared.train[row]!),
      });
  }
  return { version: 1, steps };
}
