import { describe, expect, test } from 'vitest';
import { RunControl } from './control';
import { run } from './planTesting';
import { fakeConfig } from './testing';
import { lostTo, rowScores, unpackCodes } from '../run/outcomes';

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

  test('keeps what became of every test row, in little room', async () => {
    const { record } = await run();
    expect(record.labels).toEqual(['no', 'yes']);
    expect(record.testRows!.map(({ task, n, of }) => [task, n, of])).toEqual([
      ['a', 20, 30],
      ['b', 20, 30],
      ['w', 20, 30],
    ]);
    for (const { scores } of record.matrix)
      for (const { score, outcomes } of scores) {
        const points = rowScores(outcomes!, 20);
        expect(points.reduce((sum, p) => sum + p, 0) / 20).toBeCloseTo(score.value, 9);
      }
    // A row is right exactly where the answer's label is the reference's.
    const last = record.matrix[2]!.scores[1]!;
    const references = unpackCodes(record.testRows![1]!.references);
    expect(new Set(references)).toEqual(new Set([1, 2]));
    expect(unpackCodes(last.outcomes!.answers!).map((code, i) => (code === references[i] ? 100 : 0))).toEqual(
      rowScores(last.outcomes!, 20),
    );
  });

  test('shows some of what was lost, and can count all of it', async () => {
    const { record } = await run();
    const [before, after] = [record.matrix[1]!.scores[0]!, record.matrix[2]!.scores[0]!];
    const fallen = Math.round((before.score.value - after.score.value) / 5);
    expect(fallen).toBeGreaterThan(2);
    const counted = lostTo(before.outcomes!, after.outcomes!, record.testRows![0]!, record.labels!);
    expect(counted.reduce((sum, { count }) => sum + count, 0)).toBe(fallen);
    expect(counted.every(({ answer }) => answer === null)).toBe(true);
    expect(record.lost!.map(({ task, stage, answer }) => [task, stage, answer])).toEqual([
      ['a', 2, ''],
      ['a', 2, ''],
    ]);
  });

  test('measures knowledge on the rows of R alone, and not where it is switched off', async () => {
    const { record } = await run();
    for (const { scores } of record.matrix)
      for (const { knowledge } of scores) {
        expect(knowledge).toMatchObject({ labels: { compared: 2, all: 2 }, score: { n: 20 } });
      }
    const evaluation = { everySteps: 5, examples: 12, testExamples: 20, knowledge: { examples: 0 } };
    const off = await run({ config: fakeConfig({ evaluation }) });
    expect(off.record.matrix.flatMap((r) => r.scores).some((s) => s.knowledge)).toBe(false);
  });

  test('says how fast each task was learnt', async () => {
    const { record } = await run();
    const { learning, curve, forwardTransfer } = record.metrics;
    expect(learning!.map((l) => l.task)).toEqual(['a', 'b']);
    for (const [i, { stepsToMostGain }] of learning!.entries()) {
      expect(stepsToMostGain).toBeGreaterThan(0);
      expect(stepsToMostGain).toBeLessThanOrEqual([13, 10][i]!);
    }
    expect(curve!.map((c) => c.averageAccuracy)).toEqual([
      record.matrix[1]!.scores[0]!.score.value,
      record.metrics.averageAccuracy,
    ]);
    expect(forwardTransfer).toBe(
      record.matrix[1]!.scores[1]!.score.value - record.matrix[0]!.scores[1]!.score.value,
    );
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

  test('knows how many steps are left, and how many rows to score', async () => {
    const finished = await run();
    const none = finished.plan.left();
    expect([none.steps, ...none.rows.values()]).toEqual([0, 0, 0, 0]);
    const control = new RunControl();
    control.stop();
    const { plan } = await run({ control });
    // 7 points of 12 rows and 3 rows of R of 20.
    expect(plan.left().steps).toBe(23);
    expect([...plan.left().rows]).toEqual([
      ['a', 144],
      ['b', 144],
      ['w', 144],
    ]);
  });
});
