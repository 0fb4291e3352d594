import { describe, expect, test } from 'vitest';
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
import { newRecord } from './record';
import { PlanRun, type RunState } from './run';

const silent: RunObserver = {
  phase: () => undefined,
  measured: () => undefined,
  losses: () => undefined,
  evaluations: () => undefined,
  row: () => undefined,
};

/** A checkpoint with nothing shared with the run that made it. */
interface Kept {
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

interface Setting {
  config?: RunConfig;
  learner?: FakeLearner;
  method?: Method;
  from?: Kept;
  control?: RunControl;
  observer?: Partial<RunObserver>;
  checkpointSeconds?: number;
  /** Called at every breath with the record. */
  breath?: (record: RunResult, control: RunControl) => void;
  save?: () => void;
}

async function run(setting: Setting = {}) {
  const config = setting.config ?? fakeConfig();
  const tasks = await prepared(config);
  const learner = setting.learner ?? new FakeLearner();
  const method = setting.method ?? createMethod(config.method);
  const control = setting.control ?? new RunControl();
  const kept: Kept[] = [];
  let state: RunState;
  if (setting.from) {
    state = JSON.parse(setting.from.state) as RunState;
    learner.weights = setting.from.weights.slice();
    method.restore?.(setting.from.method);
  } else {
    const record = newRecord('run', config, '2026-01-01T00:00:00.000Z');
    record.bands = bandsOf(config, (id) => tasks.find((t) => t.id === id)!.train.length);
    record.totalSteps = record.bands.at(-1)!.to;
    state = { version: 1, record, stagesTrained: 0 };
  }
  let seconds = 0;
  const plan = new PlanRun({
    state,
    ...(setting.from?.optimizer ? { optimizer: setting.from.optimizer } : {}),
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
        weights: learner.weights.slice(),
        optimizer: optimizer ? await all(learner.optimizerState()) : null,
        method: method.state ? await all(method.state()) : [],
      });
    },
    yieldToHost: () => {
      seconds += 1;
      setting.breath?.(state.record, control);
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
const timeless = (record: RunResult): Omit<RunResult, 'timings'> => ({ ...record, timings: undefined });

describe('a plan run to its end', () => {
  test('has a row of R for every stage and every task, the future and the watched ones too', async () => {
    const { record } = await run();
    expect(record.status).toBe('finished');
    expect(record.matrix.map((row) => [row.stage, row.step])).toEqual([
      [0, 0],
      [1, 13],
      [2, 23],
    ]);
    for (const row of record.matrix) {
      expect(row.scores.map((s) => [s.task, s.score.n])).toEqual([
        ['a', 20],
        ['b', 20],
        ['w', 20],
      ]);
    }
    const score = (stage: number, task: string) =>
      record.matrix[stage]!.scores.find((s) => s.task === task)!.score.value;
    expect(score(0, 'a')).toBe(0);
    expect(score(1, 'a')).toBeGreaterThan(70);
    expect(score(2, 'a')).toBeLessThan(score(1, 'a'));
    expect(score(2, 'b')).toBeGreaterThan(score(1, 'b'));
    expect(record.metrics.backwardTransfer).toBe(score(2, 'a') - score(1, 'a'));
    expect(record.metrics.forgetting).toBe(score(1, 'a') - score(2, 'a'));
    expect(record.metrics.averageAccuracy).toBe((score(2, 'a') + score(2, 'b')) / 2);
    expect(record.metrics.watched).toEqual([{ task: 'w', change: 0 }]);
  });

  test('scores every task before training, every five steps and at stage ends, once each', async () => {
    const { record } = await run();
    expect(record.bands).toEqual([
      { stage: 1, task: 'a', from: 0, to: 13 },
      { stage: 2, task: 'b', from: 13, to: 23 },
    ]);
    const points = record.evaluations.map((p) => [p.step, p.stage, p.task]);
    const steps: [number, number][] = [
      [0, 0],
      [5, 1],
      [10, 1],
      [13, 1],
      [15, 2],
      [20, 2],
      [23, 2],
    ];
    expect(points).toEqual(
      steps.flatMap(([step, stage]) => ['a', 'b', 'w'].map((task) => [step, stage, task])),
    );
    expect(record.evaluations.every((p) => p.score.n === 12)).toBe(true);
  });

  test('reads every loss once, in order, and reports what it records', async () => {
    const reported: number[] = [];
    const { record, learner } = await run({
      observer: { losses: (from, values) => void reported.splice(from, 0, ...values) },
    });
    expect(record.losses).toHaveLength(23);
    expect(reported).toEqual(record.losses);
    expect(learner.unread).toBe(0);
  });

  test('keeps the same prompts with the answer after each stage', async () => {
    const { record } = await run();
    expect(record.samples).toHaveLength(6);
    for (const sample of record.samples) {
      expect(sample.answers.map((a) => a.stage)).toEqual([0, 1, 2]);
      for (const { answer, right } of sample.answers) expect(right).toBe(answer === sample.reference);
    }
    expect(record.samples.filter((s) => s.task === 'a').some((s) => s.answers[1]!.right)).toBe(true);
  });

  test('says which share of answers lies inside the label set', async () => {
    const { record } = await run();
    const first = record.matrix[0]!.scores[0]!;
    const learnt = record.matrix[1]!.scores[0]!;
    expect(first.insideLabelSet).toBe(0);
    expect(learnt.insideLabelSet).toBe(learnt.score.value);
  });

  test('a task scored by its loss gets one, and its samples are answered all the same', async () => {
    const config = fakeConfig();
    config.tasks[2]!.metric = 'loss';
    const { record } = await run({ config });
    const watched = record.matrix[0]!.scores[2]!;
    expect(watched.score.value).toBeCloseTo(watched.loss, 6);
    expect(watched.insideLabelSet).toBeUndefined();
    expect(record.samples.filter((s) => s.task === 'w')).toHaveLength(2);
  });

  test('keeps a checkpoint after every stage, without an optimiser', async () => {
    const { kept } = await run();
    expect(kept.map((k) => k.place)).toEqual([
      { kind: 'stage', stage: 1, step: 13 },
      { kind: 'stage', stage: 2, step: 23 },
    ]);
    expect(kept.every((k) => k.optimizer === null)).toBe(true);
  });

  test('knows how many rows are left to score', async () => {
    const finished = await run();
    expect([...finished.plan.rowsLeft().values()]).toEqual([0, 0, 0]);
    const control = new RunControl();
    control.stop();
    const { plan } = await run({ control });
    // 7 points of 12 rows and 3 rows of R of 20.
    expect([...plan.rowsLeft()]).toEqual([
      ['a', 144],
      ['b', 144],
      ['w', 144],
    ]);
  });
});

/** Scales the weights after each stage, and counts in a state of its own what it saw. */
function countingMethod(): Method {
  let seen = new Float32Array(2);
  return {
    begin: () => {
      seen[0]!++;
      return Promise.resolve();
    },
    step: ({ learner, examples, earlier, step }) => {
      seen[1]! += examples.length + earlier.length;
      const batch = createBatch(examples.length, step % 2 === 0 ? seen[1]! % 50 : 1, examples);
      return learner.step(batch);
    },
    end: ({ learner }) => {
      const fake = learner as FakeLearner;
      fake.weights = fake.weights.map((w) => w * 0.9);
      return Promise.resolve();
    },
    async *state() {
      yield await Promise.resolve({ name: 'seen', shape: [2], data: seen.slice() });
    },
    restore: ([tensor]) => {
      seen = tensor!.data.slice();
    },
  };
}

/** A batch whose row numbers depend on the method's state, so that a lost state shows in the weights. */
function createBatch(rows: number, shift: number, examples: { source: number[] }[]) {
  const source = Int32Array.from(examples.flatMap((e) => [e.source[0]!, e.source[1]! + shift]));
  return {
    rows,
    sourceLength: 2,
    targetLength: 1,
    source,
    sourceMask: new Float32Array(2 * rows).fill(1),
    labels: new Int32Array(rows).fill(1),
  };
}

describe.each([
  ['sequential', () => createMethod({ name: 'sequential' })],
  ['a method with a state and work between stages', countingMethod],
])('going on from a checkpoint: %s', (_name, method) => {
  test('from any place equals never having stopped, bit for bit', async () => {
    const whole = await run({ method: method(), checkpointSeconds: 0 });
    // A checkpoint after every step, one between the last step and its evaluation, and those of the stages.
    expect(whole.kept.map((k) => k.place.step)).toEqual(expect.arrayContaining([1, 5, 12, 13, 14, 22, 23]));
    for (const from of whole.kept) {
      const resumed = await run({ method: method(), from });
      expect(timeless(resumed.record), JSON.stringify(from.place)).toEqual(timeless(whole.record));
      expect(resumed.learner.weights, JSON.stringify(from.place)).toEqual(whole.learner.weights);
    }
  });

  test('checkpoints themselves do not change the run', async () => {
    const often = await run({ method: method(), checkpointSeconds: 0 });
    const seldom = await run({ method: method() });
    expect(timeless(often.record)).toEqual(timeless(seldom.record));
    expect(often.learner.weights).toEqual(seldom.learner.weights);
  });
});

describe('stopping and pausing', () => {
  test('stop keeps what there is, and the run goes on from there', async () => {
    const { record, kept } = await run({
      breath: (r, control) => {
        if (r.step === 7) control.stop();
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.error).toBeUndefined();
    expect(record.step).toBe(7);
    expect(record.losses).toHaveLength(7);
    expect(kept.map((k) => k.place)).toEqual([{ kind: 'step', stage: 0, step: 7 }]);
    const whole = await run();
    const resumed = await run({ from: kept[0]! });
    expect(timeless(resumed.record)).toEqual(timeless(whole.record));
  });

  test('stop in the middle of scoring leaves no half row', async () => {
    let breaths = 0;
    const { record, kept } = await run({
      breath: (r, control) => {
        // Step 13 ends the stage; its twelve points stand, so this is the row of R.
        if (r.step === 13 && r.evaluations.length === 12 && ++breaths === 3) control.stop();
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.matrix).toHaveLength(1);
    expect(kept.map((k) => [k.place.step, k.optimizer === null])).toEqual([[13, true]]);
    const resumed = await run({ from: kept[0]! });
    expect(timeless(resumed.record)).toEqual(timeless((await run()).record));
  });

  test('stop before any training keeps no checkpoint', async () => {
    const control = new RunControl();
    control.stop();
    const { record, kept } = await run({ control });
    expect(record.status).toBe('stopped');
    expect(kept).toEqual([]);
  });

  test('pause keeps a checkpoint, waits, and continues to the same end', async () => {
    const phases: string[] = [];
    let paused = false;
    const { record, kept } = await run({
      observer: {
        phase: (phase) => {
          if (phase !== phases.at(-1)) phases.push(phase);
        },
      },
      breath: (r, control) => {
        if (r.step !== 7 || paused) return;
        paused = true;
        control.pause();
        setTimeout(() => {
          phases.push(r.status);
          control.continue();
        }, 20);
      },
    });
    const at = phases.indexOf('saving');
    // The second one is the record's status, noted in the middle of the pause.
    expect(phases.slice(at, at + 4)).toEqual(['saving', 'paused', 'paused', 'training']);
    expect(kept[0]!.place).toEqual({ kind: 'step', stage: 0, step: 7 });
    expect(timeless(record)).toEqual(timeless((await run()).record));
  });

  test('a paused run can be stopped', async () => {
    const { record } = await run({
      breath: (r, control) => {
        if (r.step !== 3 || control.stopping) return;
        control.pause();
        setTimeout(() => control.stop(), 5);
      },
    });
    expect(record.status).toBe('stopped');
    expect(record.step).toBe(3);
  });
});

describe('failing', () => {
  test('a loss that is no number stops the run, names step and learning rate, and keeps the last good checkpoint', async () => {
    const { record, kept, learner } = await run({ learner: new FakeLearner(9), checkpointSeconds: 0 });
    expect(record.status).toBe('failed');
    expect(record.error).toMatch(/NaN at step 10, with the learning rate 0\.0308/);
    expect(record.error).toMatch(/lower the learning rate \(0\.01, say\); let it warm up/);
    expect(record.losses).toHaveLength(9);
    expect(record.losses.every(Number.isFinite)).toBe(true);
    expect(kept.at(-1)!.place.step).toBe(9);
    expect(learner.unread).toBe(0);
  });

  test('a model that is damaged as loaded is said to be', async () => {
    const learner = new FakeLearner();
    learner.weights.fill(NaN);
    const { record } = await run({ learner });
    expect(record.status).toBe('failed');
    expect(record.error).toMatch(/as loaded/);
    expect(record.evaluations).toEqual([]);
  });

  test('a checkpoint that cannot be kept fails the run with its reason', async () => {
    const { record } = await run({
      save: () => {
        throw new Error('no room left');
      },
    });
    expect(record.status).toBe('failed');
    expect(record.error).toBe('no room left');
  });
});
