/** Mixes of real weights: the micro model trained, put down, and read again, through the session. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineLearner } from '../continual/engineLearner';
import { parseT5Config } from '../engine/t5/config';
import { T5Model } from '../engine/t5/model';
import { Tokenizer } from '../engine/text/tokenizer';
import { WasmExecutor } from '../engine/wasm/executor';
import { spawnNode } from '../engine/wasm/testing/nodeThreads';
import { openModel } from '../models/load';
import type { ModelFolder } from '../models/types';
import type { RunConfig } from '../run/config';
import type { TrainingModel } from './services';
import { Bench, config, freshStore, store } from './testing';

const source = { source: 'stored', id: 'micro' } as const;
let executor: WasmExecutor;

beforeAll(async () => {
  executor = await WasmExecutor.create({ variant: 'simd', threads: 1, spawn: spawnNode });
  await freshStore();
  const folder = path.join(import.meta.dirname, '../../tests/fixtures/models/micro');
  const names = ['config.json', 'tokenizer.json', 'model.safetensors'];
  await store.folders.keep(
    'micro',
    'model',
    await Promise.all(
      names.map(async (name) => ({
        path: name,
        content: new Uint8Array(await readFile(path.join(folder, name))),
      })),
    ),
  );
  // The kernels may have to be compiled first.
}, 120_000);
afterAll(() => {
  executor.dispose();
  store.close();
});

async function open(folder: ModelFolder, run: RunConfig): Promise<TrainingModel> {
  const opened = await openModel(folder);
  const tokenizer = Tokenizer.fromJson(opened.tokenizer, opened.tokenizerConfig);
  const model = await T5Model.load(parseT5Config(opened.config), opened.tensors(), executor);
  const learner = new EngineLearner(model, run);
  return {
    learner,
    codec: {
      encode: (text) => tokenizer.encode(text),
      decode: (ids) => (ids.length === 0 ? '' : tokenizer.decode(ids)),
    },
    checkpointParts: () => ({
      config: opened.config,
      tokenizer: opened.tokenizer,
      tensors: {
        shapes: model.parameters.names.map((name) => ({ name, shape: model.parameters.shape(name) })),
        tensors: model.tensors(),
      },
    }),
    dispose: () => learner.dispose(),
  };
}

test('the ends of the line are the checkpoints, and between them lie other models', async () => {
  const bench = new Bench({ openModel: open });
  const given = config({
    model: source,
    evaluation: {
      everySteps: 100,
      examples: 3,
      testExamples: 2,
      maxNewTokens: 2,
      knowledge: { examples: 0 },
    },
  });
  await bench.ask({ type: 'start', runId: 'r', config: given });
  const run = await bench.ended();
  expect(run.error).toBeUndefined();
  const answer = await bench.ask({
    type: 'measure',
    runId: 'r',
    wanted: { of: 'mixes', stage: 2, alphas: [0, 1, 0.5] },
  });
  const points = answer.of === 'measure' ? answer.result.interpolations![0]!.points : [];
  const at = (step: number) =>
    run.evaluations.filter((e) => e.step === step).map(({ task, score, loss }) => ({ task, score, loss }));
  const [before, after] = [at(run.bands[1]!.from), at(run.bands[1]!.to)];
  expect(points.map(({ scores }) => scores).slice(0, 2)).toEqual([before, after]);
  const losses = points.map(({ scores }) => scores[0]!.loss);
  expect(new Set(losses).size).toBe(3);
});
