/** The lab without a browser: a whole run of a plan in Node on the WebAssembly kernels, and its hand-off. */
import { mkdirSync, openSync, readFileSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import { RunControl } from '../../src/continual/control';
import { EngineLearner } from '../../src/continual/engineLearner';
import { createMethod } from '../../src/continual/methods';
import type { RunObserver } from '../../src/continual/observer';
import { bandsOf } from '../../src/continual/order';
import { prepareTask, type PreparedTask } from '../../src/continual/prepare';
import { aboutTasks, newRecord, plannedTasks } from '../../src/continual/record';
import { PlanRun } from '../../src/continual/run';
import { adaptersOf, RunAdapters } from '../../src/continual/runAdapters';
import { loadTask } from '../../src/data/load';
import type { Example, TaskParts } from '../../src/data/task';
import { parseT5Config } from '../../src/engine/t5/config';
import { T5Model } from '../../src/engine/t5/model';
import { Tokenizer } from '../../src/engine/text/tokenizer';
import { WasmExecutor } from '../../src/engine/wasm/executor';
import { spawnNode } from '../../src/engine/wasm/testing/nodeThreads';
import { handoffFiles } from '../../src/handoff/handoff';
import { storedFolder } from '../../src/models/folder';
import { openModel } from '../../src/models/load';
import type { ModelFolder } from '../../src/models/types';
import type { RunConfig } from '../../src/run/config';
import type { RunResult } from '../../src/run/result';

const silent: RunObserver = {
  phase: () => undefined,
  continued: () => undefined,
  measured: () => undefined,
  losses: () => undefined,
  evaluations: () => undefined,
  row: () => undefined,
};

const rowsOf = (file: string): Example[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Example);

/** The parts of a task as a hand-off holds them. */
export const partsIn = (folder: string): TaskParts => ({
  train: rowsOf(path.join(folder, 'train.jsonl')),
  validation: rowsOf(path.join(folder, 'validation.jsonl')),
  test: rowsOf(path.join(folder, 'test.jsonl')),
});

const diskFolder = (folder: string): ModelFolder =>
  storedFolder((file) => {
    try {
      const bytes = readFileSync(path.join(folder, file));
      return Promise.resolve(
        (async function* () {
          yield await Promise.resolve(bytes);
        })(),
      );
    } catch {
      return Promise.resolve(null);
    }
  }, path.basename(folder));

/**
 * Writes the folder that repeats a plan on PyTorch.
 * @param baseUrl address that sample tasks and files are found under
 */
export async function writeHandoff(
  config: RunConfig,
  modelFolder: string,
  baseUrl: string,
  out: string,
): Promise<void> {
  const stored = () => Promise.reject(new Error('nothing is stored here'));
  const files = handoffFiles({
    config,
    model: diskFolder(modelFolder),
    load: (task) => loadTask(task, { baseUrl, stored }),
  });
  for await (const { path: name, content } of files) {
    const file = path.join(out, name);
    mkdirSync(path.dirname(file), { recursive: true });
    const target = openSync(file, 'w');
    if (content instanceof Uint8Array) writeSync(target, content);
    else for await (const piece of content) writeSync(target, piece);
    closeSync(target);
  }
}

/**
 * @param modelFolder of Hugging Face
 * @param tasksFolder with a folder a task, of the task's id
 */
export async function runInNode(
  config: RunConfig,
  modelFolder: string,
  tasksFolder: string,
): Promise<RunResult> {
  const opened = await openModel(diskFolder(modelFolder));
  const tokenizer = Tokenizer.fromJson(opened.tokenizer, opened.tokenizerConfig);
  const codec = {
    encode: (text: string) => tokenizer.encode(text),
    decode: (ids: number[]) => (ids.length === 0 ? '' : tokenizer.decode(ids)),
  };
  const executor = await WasmExecutor.create({ variant: 'simd', threads: 1, spawn: spawnNode });
  const model = await T5Model.load(
    parseT5Config(opened.config, opened.generation),
    opened.tensors(),
    executor,
    config.lora?.base,
  );
  const adapters = config.lora && (await RunAdapters.open(model, adaptersOf(config.lora, config)));
  const learner = new EngineLearner(model, config, {}, adapters);
  const trained = new Set(config.plan.stages.map((stage) => stage.task));
  const tasks: PreparedTask[] = [];
  for (const id of plannedTasks(config)) {
    const task = config.tasks.find((t) => t.id === id)!;
    const parts = partsIn(path.join(tasksFolder, id));
    tasks.push(await prepareTask(task, parts, codec, config, trained.has(id), () => Promise.resolve()));
  }
  const record = newRecord('node', config, '2026-01-01T00:00:00.000Z');
  record.parameters = learner.parameterCount;
  record.bands = bandsOf(config, (id) => tasks.find((task) => task.id === id)!.train.length);
  record.totalSteps = record.bands.at(-1)!.to;
  Object.assign(record, aboutTasks(tasks));
  await new PlanRun({
    state: { version: 1, record, stagesTrained: 0 },
    tasks,
    learner,
    codec,
    method: createMethod(config.method),
    control: new RunControl(),
    observer: silent,
    save: () => Promise.resolve(),
    yieldToHost: () => Promise.resolve(),
    checkpointSeconds: 1e9,
  }).run();
  learner.dispose();
  executor.dispose();
  return record;
}
