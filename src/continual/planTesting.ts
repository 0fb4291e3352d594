/** Runs plans with the fake learner, from the start or from a checkpoint: what the tests of the runner share. */
import type { NamedTensor } from '../engine/types';
import type { RunConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { RunControl } from './control';
import { fakeAnswers, fakeCodec, fakeConfig, FakeLearner, fakeParts } from './testing';
import type { Method } from './method';
import { createMethod } from './methods';
import type { CheckpointPlace, RunObserver } from './observer';
import { bandsOf } from './order';
import { prepareTask, type PreparedTask } from './prepare';
import { aboutTasks, newRecord } from './record';
import { PlanRun, type RunState } from './run';

const silent: RunObserver = {
  phase: () => undefined,
  continued: () => undefined,
  measured: () => undefined,
  losses: () => undefined,
  evaluations: () => undefined,
  row: () => undefined,
};

/** A checkpoint with nothing shared with the run that made it. */
export interface Kept {
  place: CheckpointPlace;
  state: string;
  weights: Float32Array;
  optimizer: NamedTensor[] | null;
  method: NamedTensor[];
}

async function prepared(config: RunConfig): Promise<PreparedTask[]> {
  const numbers: Record<string, number> = { a: 0, b: 1, w: 2 };
  const ids = [...config.plan.stages.map((s) => s.task), ...config.plan.watched];
  return Promise.all(
    ids.map((id, i) => {
      const task = config.tasks.find((t) => t.id === id)!;
      const parts = fakeParts(numbers[id]!, fakeAnswers, { train: 26, scored: 30 });
      return prepareTask(task, parts, fakeCodec, config, i < config.plan.stages.length, () =>
        Promise.resolve(),
      );
    }),
  );
}

export interface Setting {
  config?: RunConfig;
  learner?: FakeLearner;
  method?: Method;
  from?: Kept;
  control?: RunControl;
  observer?: Partial<RunObserver>;
  checkpointSeconds?: number;
  /** Called at every breath with the record. */
  breath?: (record: RunResult, control: RunControl, plan: PlanRun) => void;
  save?: () => void;
}

export async function run(setting: Setting = {}) {
  const config = setting.config ?? fakeConfig();
  const tasks = await prepared(config);
  const learner = setting.learner ?? new FakeLearner();
  const method = setting.method ?? createMethod(config.method);
  const control = setting.control ?? new RunControl();
  const kept: Kept[] = [];
  let state: RunState;
  if (setting.from) {
    state = JSON.parse(setting.from.state) as RunState;
    learner.weights.data = setting.from.weights.slice();
  } else {
    const record = newRecord('run', config, '2026-01-01T00:00:00.000Z');
    record.bands = bandsOf(config, (id) => tasks.find((t) => t.id === id)!.train.length);
    record.totalSteps = record.bands.at(-1)!.to;
    Object.assign(record, aboutTasks(tasks));
    state = { version: 1, record, stagesTrained: 0 };
  }
  let seconds = 0;
  const plan: PlanRun = new PlanRun({
    state,
    ...(setting.from?.optimizer ? { optimizer: setting.from.optimizer } : {}),
    ...(setting.from ? { methodState: setting.from.method } : {}),
    tasks,
    learner,
    codec: fakeCodec,
    method,
    control,
    observer: { ...silent, ...setting.observer },
    save: async (place, at, optimizer) => {
      setting.save?.();
      kept.push({
        place,
        state: JSON.stringify(at),
        weights: learner.weights.data.slice(),
        optimizer: optimizer ? await all(learner.optimizerState()) : null,
        method: method.state ? await all(method.state()) : [],
      });
    },
    yieldToHost: () => {
      seconds += 1;
      setting.breath?.(state.record, control, plan);
      return Promise.resolve();
    },
    now: () => seconds,
    checkpointSeconds: setting.checkpointSeconds ?? 1e9,
  });
  await plan.run();
  return { record: state.record, learner, kept, plan };
}

async function all(tensors: AsyncIterable<NamedTensor>): Promise<NamedTensor[]> {
  const list: NamedTensor[] = [];
  for await (const tensor of tensors) list.push(tensor);
  return list;
}

/** A record without what a clock says. */
export const timeless = (record: RunResult): RunResult => ({ ...record, timings: [] });
