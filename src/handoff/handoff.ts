/** A run on its way to PyTorch: the files of a folder that repeats it there. */
import type { Example, TaskParts } from '../data/task';
import { readJson } from '../models/bytes';
import { parseShardIndex } from '../models/shards';
import { ModelError, type ModelFolder, type OutgoingFile } from '../models/types';
import type { RunConfig, TaskConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { handoffObstacle } from './obstacles';
import { readme } from './readme';
import { pythonSources } from './sources';

export interface HandoffParts {
  config: RunConfig;
  /** What the browser computed, to be compared with; absent before a run. */
  result?: RunResult;
  /** Where the weights are that the run begins with. */
  model: ModelFolder;
  load(task: TaskConfig): Promise<TaskParts>;
}

/** Files of a model folder that the program may read, beside its weights. */
const aboutModel = [
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
];
const weights = 'model.safetensors';
const weightsIndex = 'model.safetensors.index.json';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const json = (path: string, value: unknown): OutgoingFile => ({
  path,
  content: utf8(`${JSON.stringify(value, null, 2)}\n`),
});
const lines = (rows: readonly Example[]): Uint8Array =>
  utf8(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));

/**
 * The folder, one file at a time: the program, the plan, its tasks with their templates filled in and cut into parts,
 * and the weights as a stream.
 * @throws Error when the program cannot repeat the run, or a task or the model cannot be read
 */
export async function* handoffFiles(parts: HandoffParts): AsyncGenerator<OutgoingFile, void, undefined> {
  const { config, result, model } = parts;
  const obstacle = handoffObstacle(config);
  if (obstacle !== null) throw new Error(obstacle);
  const modelJson = await model.open('config.json');
  if (!modelJson) throw new ModelError(`${model.label} has no config.json; it is not a Hugging Face folder`);
  const modelConfig = (await readJson(modelJson, 'config.json')) as { dropout_rate?: number };
  const dropout = config.dropout ?? modelConfig.dropout_rate ?? null;
  const { source } = config.model;
  yield {
    path: 'README.md',
    content: utf8(readme(config, { model: `${model.label} (${source})`, dropout, result })),
  };
  for (const [path, content] of pythonSources)
    if (path !== 'compare.py' || result) yield { path, content: utf8(content) };
  yield json('run.json', config);
  if (result) yield json('browser.json', result);
  const planned = new Set([...config.plan.stages.map((stage) => stage.task), ...config.plan.watched]);
  for (const task of config.tasks) {
    if (!planned.has(task.id)) continue;
    const rows = await parts.load(task);
    for (const part of ['train', 'validation', 'test'] as const)
      yield { path: `tasks/${task.id}/${part}.jsonl`, content: lines(rows[part]) };
  }
  if (config.model.source === 'hub') {
    const { id, revision } = config.model;
    yield json('model.json', { id, revision });
  } else yield* modelFiles(model);
}

async function* modelFiles(model: ModelFolder): AsyncGenerator<OutgoingFile, void, undefined> {
  for (const path of aboutModel) {
    const content = await model.open(path);
    if (content) yield { path: `model/${path}`, content };
  }
  const whole = await model.open(weights);
  if (whole) {
    yield { path: `model/${weights}`, content: whole };
    return;
  }
  const index = await model.open(weightsIndex);
  if (!index) throw new ModelError(`${model.label} has neither ${weights} nor ${weightsIndex}`);
  const content = await readJson(index, weightsIndex);
  yield json(`model/${weightsIndex}`, content);
  for (const shard of parseShardIndex(content, weightsIndex).shards) {
    const stream = await model.open(shard);
    if (!stream) throw new ModelError(`${model.label} lacks a shard`, shard);
    yield { path: `model/${shard}`, content: stream };
  }
}
