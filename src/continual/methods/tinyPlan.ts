/** Runs whole plans with a real, tiny T5 on the host: what the tests of methods share. */
import type { Example, TaskParts } from '../../data/task';
import { draw, streamKey } from '../../engine/random';
import type { Executor } from '../../engine/program/executor';
import type { NamedTensor } from '../../engine/types';
import { parseRunConfig, type RunConfig, type RunConfigInput } from '../../run/config';
import type { RunResult } from '../../run/result';
import { RunControl } from '../control';
import type { TextCodec } from '../learner';
import type { Method } from '../method';
import type { CheckpointPlace, RunObserver } from '../observer';
import { bandsOf } from '../order';
import { prepareTask, type PreparedTask } from '../prepare';
import { aboutTasks, newRecord, plannedTasks } from '../record';
import { PlanRun, type RunState } from '../run';
import { tinyLearner } from '../tinyLearner';
import { createMethod } from '.';
import { adaptersOf } from '../runAdapters';
import { leftToTrain } from './freezing';

/** Texts are ids parted by blanks: `5 7` is 5, 7 and the end. */
const codec: TextCodec = {
  encode: (text) => [...text.split(' ').filter(Boolean).map(Number), 1],
  decode: (ids) => ids.join(' '),
};

/** Rows whose answer of one or two ids is drawn; `number` tells tasks apart. */
export function tinyParts(number: number, rows = { train: 10, scored: 3 }): TaskParts {
  const key = streamKey(77, number);
  let i = 0;
  const id = (): number => 2 + (draw(key, i++) % 27);
  const make = (count: number): Example[] =>
    Array.from({ length: count }, (_, row) => ({
      input: Array.from({ length: 2 + (row % 3) }, id).join(' '),
      target: Array.from({ length: 1 + (row % 2) }, id).join(' '),
    }));
  return { train: make(rows.train), validation: make(rows.scored), test: make(rows.scored) };
}

/** Three stages of a few steps, hardly any scoring. */
export function tinyConfig(changes: Partial<RunConfigInput> = {}): RunConfig {
  const ids = ['a', 'b', 'c'];
  const parsed = parseRunConfig({
    version: 1,
    model: { source: 'bundled', name: 'tiny' },
    tasks: ids.map((id) => ({ id, name: id, metric: 'loss', data: { kind: 'sample', name: id } })),
    plan: { stages: ids.map((task) => ({ task, steps: 3 })) },
    optimizer: { name: 'adamw', learningRate: 0.01 },
    batchSize: 3,
    maxSourceTokens: 8,
    maxTargetTokens: 8,
    dropout: 0.1,
    evaluation: { everySteps: 1000, examples: 1, testExamples: 1, samples: 0, knowledge: { examples: 0 } },
    seed: 5,
    ...changes,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.config;
}

/** A checkpoint with nothing shared with the run that made it. */
export interface TinyCheckpoint {
  place: CheckpointPlace;
  state: string;
  weights: NamedTensor[];
  optimizer: NamedTensor[] | null;
  method: NamedTensor[];
  adapters?: NamedTensor[];
}

const silent: RunObserver = {
  phase: () => undefined,
  continued: () => undefined,
  measured: () => undefined,
  losses: () => undefined,
  evaluations: () => undefined,
  row: () => undefined,
};

async function all(tensors: AsyncIterable<NamedTensor>): Promise<NamedTensor[]> {
  const list: NamedTensor[] = [];
  for await (const tensor of tensors) list.push({ ...tensor, data: tensor.data.slice() });
  return list;
}

export async function tinyTasks(config: RunConfig): Promise<PreparedTask[]> {
  return Promise.all(
    plannedTasks(config).map((id, i) => {
      const task = config.tasks.find((t) => t.id === id)!;
      return prepareTask(task, tinyParts(i), codec, config, true, () => Promise.resolve());
    }),
  );
}

/**
 * @param checkpoints whether one is kept after every step
 * @param adopts whether `from` is another method's, as where a run forks
 */
export async function runTiny(
  config: RunConfig,
  {
    from,
    checkpoints = false,
    adopts = false,
    executor,
    method = createMethod(config.method),
  }: {
    from?: TinyCheckpoint;
    checkpoints?: boolean;
    adopts?: boolean;
    method?: Method;
    executor?: Executor;
  } = {},
): Promise<{ record: RunResult; weights: NamedTensor[]; adapters: NamedTensor[]; kept: TinyCheckpoint[] }> {
  const tasks = await tinyTasks(config);
  const trains = config.method.name === 'freezing' ? { trains: leftToTrain(config.method) } : {};
  const { lora } = config;
  const { learner, model } = await tinyLearner({
    optimizer: config.optimizer,
    dropout: config.dropout ?? 0,
    ...trains,
    ...(lora && { adapters: adaptersOf(lora, config), precision: lora.base }),
    ...(executor && { executor }),
  });
  const record = newRecord('run', config, '2026-01-01T00:00:00.000Z');
  record.bands = bandsOf(config, (id) => tasks.find((task) => task.id === id)!.train.length);
  record.totalSteps = record.bands.at(-1)!.to;
  Object.assign(record, aboutTasks(tasks));
  const state = from
    ? (JSON.parse(from.state) as RunState)
    : ({ version: 1, record, stagesTrained: 0 } satisfies RunState);
  if (from?.adapters) learner.adapters?.restore(from.adapters);
  else if (from) learner.weights.load(from.weights);
  const kept: TinyCheckpoint[] = [];
  let seconds = 0;
  const plan = new PlanRun({
    state,
    ...(from?.optimizer ? { optimizer: from.optimizer } : {}),
    ...(from && !adopts ? { methodState: from.method } : {}),
    adopts,
    tasks,
    learner,
    codec,
    method,
    control: new RunControl(),
    observer: silent,
    save: async (place, at, optimizer) => {
      kept.push({
        place,
        state: JSON.stringify(at),
        weights: await all(learner.weights.tensors()),
        optimizer: optimizer ? await all(learner.optimizerState()) : null,
        method: method.state ? await all(method.state()) : [],
        ...(learner.adapters && { adapters: await all(learner.adapters.tensors()) }),
      });
    },
    yieldToHost: () => {
      seconds++;
      return Promise.resolve();
    },
    now: () => seconds,
    checkpointSeconds: checkpoints ? 0 : 1e9,
  });
  await plan.run();
  if (state.record.error !== undefined) throw new Error(state.record.error);
  const weights = await all(model.tensors());
  const adapters = learner.adapters ? await all(learner.adapters.tensors()) : [];
  learner.dispose();
  return { record: state.record, weights, adapters, kept };
}
