/** Studies: what is run, how a learning rate is chosen, and what the bootstrap says of runs whose truth is known. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { parseRunConfig, type RunConfigInput } from '../../src/run/config';
import { packBits } from '../../src/run/outcomes';
import type { RunResult } from '../../src/run/result';
import { listsBootstrap } from '../../src/run/statistics';
import { aloneMarkdown, aloneRow, aloneRun, strongest } from '../../tools/study/aloneRuns';
import { compareMethods, sweepTable, type StudyRun } from '../../tools/study/analyse';
import { bestCopied } from '../../tools/study/copied';
import { methodsMarkdown, sweepMarkdown, verdicts } from '../../tools/study/report';
import { comparisonRuns, Study, sweepRuns, type PlannedRun } from '../../tools/study/study';

const root = path.resolve(import.meta.dirname, '../..');
const readJson = (file: string): unknown => JSON.parse(readFileSync(path.join(root, file), 'utf8'));
const base = readJson('public/plans/demo.json') as RunConfigInput;
const study = v.parse(Study, {
  version: 1,
  config: 'plan.json',
  newTask: 'support',
  knownTasks: ['commands', 'reviews'],
  learningRates: [0.001, 0.002],
  sweepSeeds: [0],
  seeds: [0, 1],
  methods: { sequential: { name: 'sequential' }, replay: { name: 'replay' } },
  bars: { drop: 25, saved: 80, savedAtLeast: 60, gain: 20, within: 5, seconds: 120 },
});
const ROWS = 100;

/** A run in which each task's first so many test rows are right, before and after. */
function runOf(run: PlannedRun, scores: Record<string, [number, number, number]>, validation = 0): StudyRun {
  const matrix = [0, 1, 2].map((stage) => ({
    stage,
    step: stage,
    scores: Object.entries(scores).map(([task, right]) => ({
      task,
      metric: 'exact-match',
      score: { value: right[stage], low: 0, high: 100, n: ROWS },
      loss: 1,
      outcomes: { right: packBits(Array.from({ length: ROWS }, (_, i) => i < right[stage]!)) },
    })),
  }));
  const result = {
    matrix,
    bands: [
      { stage: 1, task: 'commands', from: 0, to: 1 },
      { stage: 2, task: 'support', from: 1, to: 2 },
    ],
    evaluations: [
      { step: 0, stage: 0, task: 'support', score: { value: 99, low: 0, high: 100, n: 50 }, loss: 1 },
      { step: 2, stage: 2, task: 'support', score: { value: validation, low: 0, high: 100, n: 50 }, loss: 1 },
    ],
    timings: [
      { stage: 1, trainSeconds: 10, evaluationSeconds: 5, stepSeconds: 1 },
      { stage: 2, trainSeconds: 40, evaluationSeconds: 5, stepSeconds: 1 },
    ],
  } as unknown as RunResult;
  return { ...run, result };
}

test.each(['demo', 'four-tasks', 'four-kinds', 'summaries'])(
  'the study %s names a plan with its tasks',
  (name) => {
    const file = v.parse(Study, readJson(`tools/study/${name}.json`));
    const plan = readJson(path.join('tools/study', file.config)) as RunConfigInput;
    expect(parseRunConfig(plan)).toMatchObject({ ok: true });
    const planned = [...plan.plan.stages.map((stage) => stage.task), ...(plan.plan.watched ?? [])];
    expect(planned).toEqual(expect.arrayContaining([file.newTask, ...file.knownTasks]));
  },
);

test('the best copied part of each prompt is that of the test rows', () => {
  const config = readJson('public/plans/demo.json') as RunConfigInput;
  const found = bestCopied(config, 'support', path.join(root, 'public/tasks'));
  // As `tools/tasks/baseline` measures it.
  expect(found).toBeGreaterThan(35);
  expect(found).toBeLessThan(45);
  expect(bestCopied(config, 'commands', path.join(root, 'public/tasks'))).toBe(0);
});

test('the demo and its study are what their schemas expect', () => {
  expect(parseRunConfig(base)).toMatchObject({ ok: true });
  const demo = v.parse(Study, readJson('tools/study/demo.json'));
  expect(path.resolve(root, 'tools/study', demo.config)).toBe(path.join(root, 'public/plans/demo.json'));
  const tasks = [...base.plan.stages.map((stage) => stage.task), ...(base.plan.watched ?? [])];
  expect(tasks).toEqual(expect.arrayContaining([demo.newTask, ...demo.knownTasks]));
  for (const { name, config } of comparisonRuns(demo, base, 0.001))
    expect(parseRunConfig(config), name).toMatchObject({ ok: true });
});

test('a sweep is sequential at every rate; a comparison has every method with every seed', () => {
  expect(sweepRuns(study, base).map((run) => run.name)).toEqual([
    'sequential-lr0.001-seed0',
    'sequential-lr0.002-seed0',
  ]);
  const runs = comparisonRuns(study, base, 0.002);
  expect(runs.map((run) => [run.method, run.seed])).toEqual([
    ['sequential', 0],
    ['sequential', 1],
    ['replay', 0],
    ['replay', 1],
  ]);
  expect(runs[3]!.config).toMatchObject({
    method: { name: 'replay' },
    optimizer: { name: 'adamw', learningRate: 0.002 },
    seed: 1,
    plan: base.plan,
  });
  // What the sweep has done already is not done again.
  expect(runs[0]!.name).toBe(sweepRuns(study, base)[1]!.name);
  expect(runs[0]!.config).toEqual(sweepRuns(study, base)[1]!.config);
});

test('a study without sequential runs is refused', () => {
  const parsed = v.safeParse(Study, { ...study, methods: { replay: { name: 'replay' } } });
  expect(parsed.issues?.[0].message).toBe('expected a method called sequential');
});

test('the learning rate is the best on the last validation score of the new task', () => {
  const [low, high] = sweepRuns(study, base) as [PlannedRun, PlannedRun];
  const scores = { support: [0, 0, 0], commands: [0, 0, 0] } as Record<string, [number, number, number]>;
  const { rows, best } = sweepTable(study, [runOf(low, scores, 40), runOf(high, scores, 55)]);
  expect(rows.map((row) => row.score)).toEqual([40, 55]);
  expect(best).toBe(0.002);
  expect(sweepTable(study, [runOf(low, scores, 50), runOf(high, scores, 50)]).best).toBe(0.001);
  expect(sweepMarkdown(study, rows, best)).toContain('| 0.002 (taken) | 55.0 |');
});

describe('methods compared', () => {
  const runs = comparisonRuns(study, base, 0.002).map((run) =>
    runOf(
      run,
      run.method === 'sequential'
        ? { commands: [80, 90, 40 + run.seed * 10], support: [10, 10, 60], reviews: [70, 65, 60] }
        : { commands: [80, 90, 85], support: [10, 10, 58], reviews: [70, 70, 69] },
    ),
  );
  const rows = compareMethods(study, runs);

  test('a staged task falls from its own stage, a watched one from the start', () => {
    expect(rows[0]!.drops['commands']!.mean).toBe(45);
    expect(rows[0]!.drops['reviews']!.mean).toBe(10);
    expect(rows[0]!.gain.mean).toBe(50);
    expect(rows[0]!.seconds).toBe(60);
  });

  test('the saved share is of the sequential drop, with an interval around it', () => {
    const saved = rows[1]!.saved!['commands']!;
    expect(saved.mean).toBeCloseTo(100 * (1 - 5 / 45), 10);
    expect(saved.low!).toBeLessThan(saved.mean);
    expect(saved.low!).toBeGreaterThan(70);
    expect(saved.high!).toBeGreaterThan(saved.mean);
    expect(saved.high!).toBeLessThanOrEqual(100);
    expect(rows[0]!.saved).toBeNull();
  });

  test('bars are judged on the task that loses most', () => {
    const found = verdicts(study, rows);
    expect(found.map(({ reached }) => reached)).toEqual([true, true, true, true, true, true]);
    expect(found[2]!.bar).toBe('commands loses 45.0, at least 25');
    expect(found[3]!.bar).toBe('replay saves 88.9 % of it, at least 80');
    const strict = { ...study, bars: { ...study.bars, drop: 46, saved: 90, within: 1, seconds: 59 } };
    expect(verdicts(strict, rows).map(({ reached }) => reached)).toEqual([
      true,
      false,
      false,
      false,
      true,
      false,
    ]);
    expect(methodsMarkdown(study, rows).split('\n')).toHaveLength(4);
  });

  test('forgetting is from the best since a task was learnt, over the known tasks', () => {
    // Seeds 0 and 1 lose 50 and 40 of commands; reviews, watched, is best at the start and loses 10.
    expect(rows[0]!.forgetting!.mean).toBe((45 + 10) / 2);
    const bars = { forgetting: 25, final: 45, aboveCopied: 10 };
    const judged = (changed: object, copied: number) =>
      verdicts({ ...study, bars: { ...bars, ...changed } }, rows, copied).map(({ reached }) => reached);
    expect(judged({}, 40)).toEqual([true, true, true, true]);
    expect(judged({ forgetting: 28, final: 61 }, 51)).toEqual([false, true, false, false]);
  });

  test('a missing run is named', () => {
    expect(() => compareMethods(study, runs.slice(1))).toThrow('no run of sequential with seed 0');
  });
});

test('the bootstrap pairs the lists of a seed, and widens with the spread of seeds', () => {
  const noisy = Array.from({ length: 200 }, (_, i) => (i % 2) * 100);
  const difference = ([a = 0, b = 0]: readonly number[]): number => a - b;
  // The same rows on both sides: their difference has no spread at all.
  const same = listsBootstrap([[noisy, noisy]], difference);
  expect([same.mean, same.low, same.high]).toEqual([0, 0, 0]);
  const apart = listsBootstrap([[noisy, [...noisy].reverse()]], difference);
  expect(apart.high! - apart.low!).toBeGreaterThan(20);
  const flat = (value: number): number[] => new Array<number>(50).fill(value);
  const seeds = listsBootstrap(
    [
      [flat(10), flat(0)],
      [flat(30), flat(0)],
    ],
    difference,
  );
  expect([seeds.mean, seeds.low, seeds.high]).toEqual([20, 10, 30]);
  // All seeds are scored on the same examples, so one that repeats another adds nothing to know of them.
  const twice = listsBootstrap(
    [1, 2, 3, 4].map(() => [noisy, [...noisy].reverse()]),
    difference,
  );
  expect(twice.high! - twice.low!).toBeGreaterThan(0.8 * (apart.high! - apart.low!));
  expect(() => listsBootstrap([[flat(1), noisy]], difference)).toThrow(RangeError);
});

describe('sample tasks learnt one at a time', () => {
  const plan = readJson('tools/study/alone.plan.json') as RunConfigInput;
  const card = { id: 'commands', name: 'Commands', metric: 'exact-match' as const };

  test('each is the only task of a run with the plan’s settings', () => {
    const { name, config } = aloneRun(plan, card);
    expect(name).toBe('commands');
    const parsed = parseRunConfig(config);
    expect(parsed.ok && parsed.config.tasks).toEqual([
      { ...card, data: { kind: 'sample', name: 'commands' } },
    ]);
    expect(config.plan.stages).toEqual([{ ...plan.plan.stages[0], task: 'commands' }]);
    expect(config.optimizer).toEqual(plan.optimizer);
    expect(() => aloneRun({ ...plan, plan: { stages: [] } }, card)).toThrow('one stage');
  });

  test('what was known, what was learnt, and how far that is above what words tell', () => {
    const planned = { name: 'commands', config: plan, method: 'sequential', learningRate: 0.001, seed: 0 };
    const run = runOf(planned, { commands: [20, 50, 90] });
    const row = aloneRow(run, card, 60);
    expect([row.before.mean, row.after.mean, row.above.mean]).toEqual([20, 90, 30]);
    expect(row.above.low!).toBeCloseTo(row.after.low! - 60, 10);
    expect(row.after.low!).toBeGreaterThan(80);
    expect(row.after.high!).toBeLessThan(97);
    expect(aloneMarkdown([row]).split('\n')[2]).toMatch(
      /^\| commands \| exact-match \| 20\.0 .*\| 60\.0 \| 30\.0 /,
    );
  });

  test('the baseline is the best of those that a task has', () => {
    const none = { id: 'x', constant: 5, naiveBayes: null, logisticRegression: null, nearestNeighbour: null };
    expect(strongest({ ...none, metric: 'exact-match', naiveBayes: 40, bestCopy: null })).toBe(40);
    // Whole sentences are scored by what they share with the answer, so copying one is a way to answer.
    expect(strongest({ ...none, metric: 'rouge-l', nearestNeighbour: 30, bestCopy: 35 })).toBe(35);
    expect(strongest({ ...none, metric: 'exact-match', nearestNeighbour: 1, bestCopy: 70 })).toBe(5);
  });
});
