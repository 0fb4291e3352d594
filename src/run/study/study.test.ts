/** Studies: which cells there are and in which order, how settings are chosen, what the analysis says of known runs. */
import { describe, expect, test } from 'vitest';
import { columns, methodsTable, reportMarkdown, type Cell, type StudyRecord } from '.';
import type { Estimated } from '../statistics';
import {
  compare,
  comparisons,
  dueCells,
  estimateStudy,
  methodRows,
  newStudy,
  nextCell,
  parseStudyConfig,
  runCells,
  runStudy,
  shareSweep,
  sweepPoints,
  trialCells,
  withoutFailed,
  type StudyConfigInput,
} from '.';
import { input, resultOf, study, worked } from './testing';

const replayBetter = (cell: Cell) => ({ right: cell.method === 'Replay' ? [28, 30] : [20, 30] });

describe('the config', () => {
  test('names every problem', () => {
    const problemsOf = (change: Partial<StudyConfigInput>) => {
      const parsed = parseStudyConfig({ ...input, ...change });
      return parsed.ok ? [] : parsed.problems.map(({ message }) => message);
    };
    expect(problemsOf({ trials: { seed: 2 } })[0]).toMatch(/seed of the trials, 2, is one of those/);
    expect(problemsOf({ methods: [...input.methods, input.methods[0]!] })[0]).toMatch(/"Plain"; give each/);
    const few = [{ method: { name: 'soup' as const }, trials: [{ learningRate: 1 }] }];
    expect(problemsOf({ methods: few })[0]).toMatch(/has 1 trials; every method gets 4/);
  });
});

describe('the queue', () => {
  test('tries every method equally often on rows and an order that are not reported, then runs every seed', async () => {
    const order: string[] = [];
    const record = newStudy('s', study(), 'now');
    const done = await worked(record, replayBetter, order);
    expect(order.slice(0, 8)).toEqual([
      ...[1, 2, 3, 4].map((n) => `trial.plain.${n}`),
      ...[1, 2, 3, 4].map((n) => `trial.replay.${n}`),
    ]);
    expect(order.slice(8)).toEqual([0, 1, 2].flatMap((s) => [`run.plain.seed-${s}`, `run.replay.seed-${s}`]));
    expect(done.status).toBe('finished');
    const [trial] = dueCells(study(), []);
    expect(trial!.config).toMatchObject({ seed: 9, plan: { watched: [], equalTokens: true } });
    expect(trial!.config.plan.stages.map(({ task }) => task)).toEqual(['b', 'a']);
    expect(trial!.config.evaluation.testExamples).toBe(1);
  });

  test('takes the settings with the best validation score, the first of equals', async () => {
    const done = await worked(newStudy('s', study(), 'now'), (cell) => ({
      validation: cell.id === 'trial.replay.3' ? 70 : 50,
    }));
    const rows = methodRows(done);
    expect(rows[0]!.chosen).toMatchObject({ learningRate: 0.00025 });
    expect(rows[1]!.chosen).toMatchObject({ learningRate: 0.001, settings: { ratio: 0.5 } });
  });

  test('runs score what is reported and no more, and are known by the config as it was given', async () => {
    const wanted = study({
      run: { ...study().run, evaluation: { ...study().run.evaluation, examples: 40 } },
    });
    const done = await worked(newStudy('s', wanted, 'now'), () => ({}));
    const [run] = runCells(wanted, done.cells);
    expect(run!.config.evaluation).toMatchObject({ examples: 1, everySteps: 1_000_000, testExamples: 40 });
    expect(trialCells(wanted)[0]!.config.evaluation).toMatchObject({ examples: 40, testExamples: 1 });
    const other = {
      ...wanted,
      run: { ...wanted.run, evaluation: { ...wanted.run.evaluation, examples: 41 } },
    };
    expect(runCells(other, done.cells)[0]?.key).not.toBe(run!.key);
    // When a task is known again is read off its curve.
    const relearnt = {
      ...wanted,
      run: { ...wanted.run, plan: { ...wanted.run.plan, relearn: { steps: 5 } } },
    };
    const again = await worked(newStudy('s', relearnt, 'now'), () => ({}));
    expect(runCells(relearnt, again.cells)[0]!.config.evaluation.examples).toBe(40);
  });

  test('goes on at the cell where it stood, and does anew only what has changed', async () => {
    const record = newStudy('s', study(), 'now');
    let left = 9;
    const broken = await runStudy(record, {
      run: (cell) => Promise.resolve(resultOf(cell)),
      keep: () => Promise.resolve(),
      wanted: () => left-- > 0,
    });
    expect([broken.status, broken.cells.length]).toEqual(['interrupted', 9]);
    const order: string[] = [];
    const whole = await worked(JSON.parse(JSON.stringify(broken)) as StudyRecord, () => ({}), order);
    expect(order).toHaveLength(5);
    expect(nextCell(whole.study, whole.cells, whole.stamp)).toBeNull();
    // Other weights: nothing of it counts. Other seeds: only they are due.
    expect(dueCells(whole.study, whole.cells, 'other')).toHaveLength(8);
    expect(dueCells(study({ seeds: [0, 1, 2, 3] }), whole.cells).map((cell) => cell.id)).toEqual([
      'run.plain.seed-3',
      'run.replay.seed-3',
    ]);
  });

  test('a trial that diverges is never chosen, and a failed run leaves the rest', async () => {
    const record = newStudy('s', study(), 'now');
    const done = await runStudy(record, {
      run: (cell) =>
        Promise.resolve(
          cell.id === 'trial.plain.1' || cell.id === 'run.replay.seed-1'
            ? { ...resultOf(cell, { validation: 99 }), status: 'failed' as const, error: 'NaN' }
            : resultOf(cell),
        ),
      keep: () => Promise.resolve(),
      wanted: () => true,
    });
    const [plain, replay] = methodRows(done);
    expect(plain!.chosen!.learningRate).toBe(0.0005);
    expect([replay!.done, replay!.failed, replay!.planned]).toEqual([2, 1, 3]);
    expect(dueCells(study(), withoutFailed(done).cells).map((cell) => cell.id)).toEqual([
      'trial.plain.1',
      'run.replay.seed-1',
    ]);
  });
});

describe('the analysis', () => {
  test('means with intervals over seeds, and pairs on the same seeds and rows', async () => {
    const done = await worked(newStudy('s', study(), 'now'), replayBetter);
    const [plain] = methodRows(done);
    expect(plain).toMatchObject({ done: 3, seconds: 15, trainedTokens: 1000, extraTokens: 15 });
    expect(plain!.averageAccuracy!.mean).toBe(62.5);
    expect(plain!.watchedLoss!.mean).toBe(8);
    const [better] = comparisons(done);
    expect(better).toMatchObject({ method: 'Replay', with: 'Plain', verdict: 'above' });
    // Eight rows of forty in one of two tasks.
    expect(better!.difference.mean).toBeCloseTo(10, 10);
    expect(compare(done, 'Plain', 'Replay')!.verdict).toBe('below');
    expect(methodsTable(done).split('\n')).toHaveLength(4);
    expect(reportMarkdown(done, 'again')).toContain('| Replay | +10.0 |');
  });

  test('reference gradients of A-GEM are part of its budget, Fisher estimates come beside', async () => {
    const methods = (['a-gem', 'ewc'] as const).map((name) => ({ method: { name } }));
    const done = await worked(newStudy('s', study({ methods }), 'now'), () => ({}));
    expect(methodRows(done)).toMatchObject([
      { trainedTokens: 1010, extraTokens: 5 },
      { trainedTokens: 1000, extraTokens: 15 },
    ]);
  });

  test('a table has a real minus sign, its sheet plain numbers, and neither makes one up', async () => {
    const done = await worked(newStudy('s', study(), 'now'), replayBetter);
    const row = { ...methodRows(done)[0]!, forgetting: null, extraTokens: null };
    const lost: Estimated = { mean: -12.34, low: -15, high: -9.68, n: 3 };
    const shown = (backwardTransfer: Estimated) =>
      columns.map((column) => [column.title, column.text({ ...row, backwardTransfer })]);
    expect(Object.fromEntries(shown(lost))).toMatchObject({
      'backward transfer': '−12.3 ± 2.7',
      forgetting: '',
      'extra tokens': '',
      'tokens trained': '1 k',
    });
    expect(Object.fromEntries(shown({ ...lost, mean: -0.04, low: null, high: null }))).toMatchObject({
      'backward transfer': '0.0',
    });
    const figures = columns.flatMap((column) =>
      Object.entries(column.figures({ ...row, backwardTransfer: lost })),
    );
    expect(Object.fromEntries(figures)).toMatchObject({
      backward_transfer: -12.34,
      backward_transfer_low: -15,
      backward_transfer_high: -9.68,
      forgetting: '',
      forgetting_low: '',
      tokens_trained: 1000,
      extra_tokens: '',
    });
    // What reads a sheet finds its columns whatever the language is.
    for (const [key] of figures) expect(key).toMatch(/^[a-z_]+$/);
  });

  test('equal methods cannot be told apart, nor can one seed or two tell', async () => {
    const same = await worked(newStudy('s', study(), 'now'), () => ({}));
    expect(comparisons(same)[0]!.verdict).toBe('unclear');
    for (const seeds of [[0], [0, 1]]) {
      const few = await worked(newStudy('s', study({ seeds }), 'now'), replayBetter);
      const [comparison] = comparisons(few);
      expect(comparison!.verdict).toBe('unclear');
      expect(comparison!.difference.low).toBeGreaterThan(0);
    }
  });
});

test('a sweep has a point for each share, in order', async () => {
  const sweep = shareSweep(study().run, [0], [0.5, 0, 0.01]);
  expect(parseStudyConfig(sweep)).toMatchObject({ ok: true });
  const done = await worked(newStudy('s', sweep, 'now'), () => ({}));
  expect(sweepPoints(done).map(({ share, retention }) => [share, retention?.n])).toEqual([
    [0, 1],
    [0.01, 1],
    [0.5, 1],
  ]);
  // Of the two tasks b is new, and has all its points at its own stage's end; a is old.
  expect(sweepPoints(done)[0]).toMatchObject({
    retention: { mean: 80 },
    learnt: { mean: 75 },
    old: { mean: 50 },
  });
});

test('an estimate counts what is learnt again, which joint training and trials have nothing of', () => {
  const rates = { stepSeconds: 0.1, rowSeconds: 0.01, startSeconds: 2, parameters: 1000, memoryBytes: 5000 };
  const { run } = study();
  const both = [input.methods[0]!, { method: { name: 'joint' as const } }];
  const of = (methods: StudyConfigInput['methods'], relearn?: { steps: number }) =>
    estimateStudy(
      study({ run: { ...run, plan: { ...run.plan, relearn } }, methods, seeds: [0, 1], trials: null }),
      rates,
    );
  const { everySteps, examples } = run.evaluation;
  const steps = 2 * everySteps + 1;
  const [plain, again] = [of(both, { steps: 1 }), of(both, { steps })];
  // One task in two runs: from the start to the end there are two points more.
  expect(again.steps - plain.steps).toBe(2 * (steps - 1));
  expect(again.rows - plain.rows).toBe(2 * 2 * examples);
  expect(again.seconds - plain.seconds).toBeCloseTo(2 * (steps - 1) * 0.1 + 4 * examples * 0.01, 9);
  const joint = both.slice(1);
  expect(of(joint, { steps }).seconds).toBe(of(joint, { steps: 1 }).seconds);
});

test('an estimate is cells times what was measured', () => {
  const rates = { stepSeconds: 0.1, rowSeconds: 0.01, startSeconds: 2, parameters: 1000, memoryBytes: 5000 };
  const one = study({ methods: [input.methods[0]!], seeds: [0], trials: null });
  const estimate = estimateStudy(one, rates);
  // Three tasks: at the start and at two ends a row for the curves and 40 for R.
  expect(estimate).toMatchObject({ cells: 1, steps: 20, rows: 3 * (3 * 1 + 3 * 40), memoryBytes: 5000 });
  expect(estimate.seconds).toBeCloseTo(20 * 0.1 + 369 * 0.01 + 2, 9);
  expect(estimateStudy(study(), rates).cells).toBe(14);
  const lwf = study({ methods: [{ method: { name: 'lwf' } }], seeds: [0], trials: null });
  expect(estimateStudy(lwf, rates).seconds).toBeGreaterThan(estimate.seconds);
  expect(estimateStudy(lwf, rates).memoryBytes).toBe(9000);
  // A Fisher estimate for the first stage, and one for the rehearsed task: 64 rows each, a batch being 8.
  const ewc = study({ methods: [{ method: { name: 'ewc', samples: 64 } }], seeds: [0], trials: null });
  const [task] = ewc.run.plan.watched;
  const rehearsing = { ...ewc, run: { ...ewc.run, plan: { ...ewc.run.plan, rehearsed: [task!] } } };
  const fisher = (64 / ewc.run.batchSize) * rates.stepSeconds;
  expect(estimateStudy(ewc, rates).seconds - estimate.seconds).toBeCloseTo(fisher, 9);
  expect(estimateStudy(rehearsing, rates).seconds - estimate.seconds).toBeCloseTo(2 * fisher, 9);
});
