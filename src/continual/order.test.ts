import { describe, expect, test } from 'vitest';
import { bandsOf, evaluationSample, evaluationSteps, ExampleOrder, stageSeed, stageSteps } from './order';
import { fakeConfig } from './testing';

describe('the order of examples', () => {
  test('is a pure function of seed, stage and epoch: any step can be asked for first', () => {
    const forwards = new ExampleOrder(10, 7, 1);
    const backwards = new ExampleOrder(10, 7, 1);
    const steps = Array.from({ length: 12 }, (_, step) => step);
    const there = steps.map((step) => forwards.rows(4 * step, 4));
    const back = [...steps].reverse().map((step) => backwards.rows(4 * step, 4));
    expect(back.reverse()).toEqual(there);
  });

  test('sees every example once an epoch, and each epoch in another order', () => {
    const order = new ExampleOrder(10, 7, 1);
    const epochs = [0, 1, 2].map((epoch) => order.rows(10 * epoch, 10));
    for (const epoch of epochs) {
      expect([...epoch].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(new Set(epochs.map(String)).size).toBe(3);
  });

  test('a batch that reaches into the next epoch is full', () => {
    const batch = new ExampleOrder(3, 0, 1).rows(0, 4);
    expect(batch).toHaveLength(4);
    expect(new Set(batch.slice(0, 3)).size).toBe(3);
  });

  test('differs between seeds and between stages', () => {
    const first = new ExampleOrder(50, 1, 1).rows(0, 50);
    expect(new ExampleOrder(50, 2, 1).rows(0, 50)).not.toEqual(first);
    expect(new ExampleOrder(50, 1, 2).rows(0, 50)).not.toEqual(first);
    expect(stageSeed(1, 1)).not.toBe(stageSeed(1, 2));
  });
});

describe('the fixed sample for evaluation', () => {
  const rows = Array.from({ length: 300 }, (_, i) => i);

  test('is the same every time, without repeats, and grows by adding rows', () => {
    const sample = evaluationSample(rows, 100);
    expect(sample).toEqual(evaluationSample(rows, 100));
    expect(new Set(sample).size).toBe(100);
    expect(evaluationSample(rows, 200).slice(0, 100)).toEqual(sample);
  });

  test('is all rows when there are fewer', () => {
    expect([...evaluationSample(rows.slice(0, 5), 100)].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

test('epochs are counted in steps, part of a batch as a whole one', () => {
  expect(stageSteps({ task: 'a', epochs: 1 }, 10, 4)).toBe(3);
  expect(stageSteps({ task: 'a', epochs: 2 }, 10, 4)).toBe(5);
  expect(stageSteps({ task: 'a', epochs: 0.01 }, 10, 4)).toBe(1);
  expect(stageSteps({ task: 'a', steps: 7 }, 10, 4)).toBe(7);
});

test('bands lie end to end, and the curve has points at their ends and between', () => {
  const bands = bandsOf(fakeConfig(), () => 26);
  expect(bands).toEqual([
    { stage: 1, task: 'a', from: 0, to: 13 },
    { stage: 2, task: 'b', from: 13, to: 23 },
  ]);
  expect(evaluationSteps(bands, 10)).toEqual([0, 10, 13, 20, 23]);
  expect(evaluationSteps(bands, 100)).toEqual([0, 13, 23]);
});
