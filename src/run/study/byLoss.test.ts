import { describe, expect, test } from 'vitest';
import type { RunResult } from '../result';
import { cellResult, chosenTrial, newStudy, reportMarkdown, runStudy, trialCells, type CellResult } from '.';
import { input, resultOf, study } from './testing';

describe('tasks that are all scored by their loss', () => {
  const tasks = input.run.tasks.map((task) => ({ ...task, metric: 'loss' as const }));
  const inNats = study({ run: { ...input.run, tasks }, methods: [input.methods[0]!], seeds: [0] });
  const chosenOf = async (ends: Partial<CellResult>[]) => {
    const done = await runStudy(newStudy('s', inNats, 'now'), {
      run: (cell) =>
        Promise.resolve({
          ...resultOf(cell),
          validation: null,
          ...(cell.kind === 'trial' ? ends[cell.trial] : {}),
        }),
      keep: () => Promise.resolve(),
      wanted: () => true,
    });
    return chosenTrial(inNats, 'Plain', done.cells);
  };

  test('the trial with the least loss is taken, and no failed one before one that ended', async () => {
    const [a, b, c] = [{ validationLoss: 3 }, { validationLoss: 1 }, { validationLoss: 1 }];
    expect(await chosenOf([a, b, c, {}])).toBe(1);
    const failed = { status: 'failed' as const };
    expect(await chosenOf([failed, failed, {}, {}])).toBe(2);
    expect(await chosenOf([{ ...failed, validation: 90 }, {}, a, {}])).toBe(2);
    expect(await chosenOf([failed, failed, failed, failed])).toBe(0);
  });

  test('a trial keeps its loss on validation rows', () => {
    const [trial] = trialCells(inNats);
    const points = [2, 0.5].map((loss, i) => ({
      step: 10 * i,
      stage: i,
      score: { value: 5, low: 0, high: 9, n: 4 },
      loss,
    }));
    const evaluations = ['a', 'b', 'w'].flatMap((task) => points.map((point) => ({ ...point, task })));
    const run = {
      ...{
        config: trial!.config,
        status: 'finished',
        updatedAt: 'now',
        device: null,
        parameters: 1,
        step: 20,
      },
      ...{ timings: [], matrix: [], metrics: {} },
    } as unknown as RunResult;
    expect(cellResult(trial!, { ...run, evaluations })).toMatchObject({
      validation: null,
      validationLoss: 0.5,
    });
    const lost = evaluations.map((point) => ({ ...point, loss: NaN }));
    expect(cellResult(trial!, { ...run, evaluations: lost })).not.toHaveProperty('validationLoss');
    const scored = { ...run.config, tasks: input.run.tasks } as RunResult['config'];
    expect(cellResult(trial!, { ...run, evaluations, config: scored }).validation).toBe(5);
  });

  test('the report compares nothing, and says so', () => {
    const text = reportMarkdown(newStudy('s', inNats, 'now'), '');
    expect(text).toContain('there are no points to compare methods by');
    expect(text).not.toContain('paired difference');
  });
});
