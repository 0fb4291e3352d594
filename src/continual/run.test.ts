import { describe, expect, test } from 'vitest';
import { RunControl } from './control';
import { run } from './planTesting';
import { fakeConfig } from './testing';

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
