import { describe, expect, test } from 'vitest';
import {
  methodRows,
  newStudy,
  runStudy,
  shareSweep,
  sweepPoints,
  unscored,
  type Cell,
  type CellResult,
  type StudyConfigInput,
  type StudyRecord,
} from '.';
import { input, resultOf, ROWS, study } from './testing';

describe('what is kept and learnt', () => {
  const rehearsing = (stages: StudyConfigInput['run']['plan']['stages']) =>
    study({ run: { ...input.run, plan: { stages, watched: ['w'], rehearsed: ['w'] } }, trials: null });
  /** Scores of w, a and b after each stage. */
  const scoresOf = (cell: Cell, rows: [number, number, number][]): CellResult => ({
    ...resultOf(cell),
    matrix: rows.map((values, stage) => ({
      stage,
      scores: ['w', 'a', 'b'].map((task, i) => ({
        task,
        score: { value: values[i]!, low: 0, high: 100, n: ROWS },
        loss: 1,
      })),
    })),
  });

  test('rehearsed tasks are old ones, learnt before the run', async () => {
    const one = rehearsing([{ task: 'a', steps: 10 }]);
    const run = (record: StudyRecord, rows: [number, number, number][]) =>
      runStudy(record, {
        run: (cell) => Promise.resolve(scoresOf(cell, rows)),
        keep: () => Promise.resolve(),
        wanted: () => true,
      });
    const done = await run(newStudy('s', one, 'now'), [
      [80, 10, 0],
      [60, 90, 0],
    ]);
    expect(methodRows(done)[0]).toMatchObject({
      newTasks: { mean: 90 },
      oldTasks: { mean: 60 },
      retention: { mean: 75 },
    });
    expect(unscored(one.run)).toBeNull();
    const sweep = await run(newStudy('s', shareSweep(one.run, [0], [0, 0.5]), 'now'), [
      [80, 10, 0],
      [20, 90, 0],
    ]);
    expect(sweepPoints(sweep)[1]).toMatchObject({
      retention: { mean: 25 },
      old: { mean: 20 },
      learnt: { mean: 90 },
    });
    const two = await run(newStudy('s', rehearsing(input.run.plan.stages), 'now'), [
      [80, 10, 10],
      [70, 60, 10],
      [40, 30, 90],
    ]);
    expect(methodRows(two)[0]).toMatchObject({
      newTasks: { mean: 75 },
      oldTasks: { mean: 35 },
      retention: { mean: 50 },
    });
  });

  test('a plan without old tasks, or with none in points, has no such scores', () => {
    const plan = (change: Partial<StudyConfigInput['run']>) =>
      study({ run: { ...input.run, ...change } }).run;
    expect(unscored(plan({}))).toBeNull();
    expect(unscored(plan({ plan: { stages: [{ task: 'a', steps: 1 }], watched: ['w'] } }))).toBe('alone');
    const inNats = input.run.tasks.map((task) => ({ ...task, metric: 'loss' as const }));
    expect(unscored(plan({ tasks: inNats }))).toBe('nats');
  });
});
