import { describe, expect, test } from 'vitest';
import type { EvaluationPoint } from '../run/result';
import { learningSpeed, savings } from './speed';

const band = { stage: 2, task: 'a', from: 100, to: 140 };
const score = (value: number) => ({ value, low: value, high: value, n: 10 });
const curve = (...points: [number, number][]): EvaluationPoint[] => [
  { step: 100, stage: 1, task: 'other', score: score(77), loss: 1 },
  { step: 90, stage: 1, task: 'a', score: score(99), loss: 1 },
  ...points.map(([step, value]) => ({ step, stage: 2, task: 'a', score: score(value), loss: 1 })),
  { step: 150, stage: 3, task: 'a', score: score(1), loss: 1 },
];

describe('learning speed', () => {
  test('is the area under the own curve over the stage, and the steps to nine tenths of the gain', () => {
    const points = curve([100, 10], [110, 50], [120, 90], [140, 110]);
    // Trapezoids 300 + 700 + 2000 over 40 steps; 10 + 0.9 · 100 = 100 lies halfway between 90 and 110.
    expect(learningSpeed(points, band, false)).toEqual({ task: 'a', area: 75, stepsToMostGain: 30 });
  });

  test('of a loss counts what falls, and its area is in nats', () => {
    const points = curve([140, 1], [100, 5], [120, 1]);
    expect(learningSpeed(points, band, true)).toEqual({ task: 'a', area: 2, stepsToMostGain: 18 });
  });

  test('a stage that gained nothing was never most of the way there', () => {
    const found = learningSpeed(curve([100, 50], [140, 40]), band, false);
    expect(found).toEqual({ task: 'a', area: 45, stepsToMostGain: null });
  });

  test('a peak counts even when the stage ends lower', () => {
    const points = curve([100, 0], [110, 100], [140, 20]);
    expect(learningSpeed(points, band, false)?.stepsToMostGain).toBe(9);
  });

  test('needs two points', () => {
    expect(learningSpeed(curve([100, 0]), band, false)).toBeNull();
  });
});

describe('savings', () => {
  const first = curve([100, 0], [140, 100]);
  const again = (...points: [number, number][]) =>
    points.map(([step, value]) => ({ step, score: score(value), loss: 1 }));

  test('are the steps saved in coming back to the same height', () => {
    expect(savings(first, band, again([0, 30], [12, 90]), false)).toEqual({
      task: 'a',
      criterion: 90,
      firstSteps: 36,
      againSteps: 12,
      percent: (100 * 24) / 36,
    });
  });

  test('are all where nothing was forgotten, negative where it took longer, and open where it did not come back', () => {
    expect(savings(first, band, again([0, 95]), false)?.percent).toBe(100);
    expect(savings(first, band, again([0, 0], [72, 90]), false)?.percent).toBe(-100);
    expect(savings(first, band, again([0, 0], [72, 80]), false)).toMatchObject({
      againSteps: null,
      percent: null,
    });
  });

  test('of a loss have their criterion in nats', () => {
    const found = savings(curve([100, 5], [140, 1]), band, again([0, 3], [10, 1]), true);
    expect(found?.criterion).toBeCloseTo(1.4, 12);
    expect(found?.againSteps).toBeCloseTo(8, 12);
  });

  test('of a task that was never learnt do not exist', () => {
    expect(savings(curve([100, 5], [140, 5]), band, again([0, 5]), false)).toBeNull();
  });
});
