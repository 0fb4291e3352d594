import { describe, expect, it } from 'vitest';
import { learningRateFactor } from './schedules';

const factors = (
  name: 'constant' | 'linear' | 'cosine',
  warmupSteps: number,
  steps: number[],
  total: number,
) => steps.map((step) => learningRateFactor({ name, warmupSteps }, step, total));

/** Expected values were computed by transformers 4.57 from the schedules of the same names. */
describe('learningRateFactor', () => {
  it('warms up linearly from nothing and stays', () => {
    expect(factors('constant', 4, [0, 1, 3, 4, 100], 10)).toEqual([0, 0.25, 0.75, 1, 1]);
    expect(factors('constant', 0, [0, 7], 10)).toEqual([1, 1]);
  });

  it('falls linearly to nothing', () => {
    expect(factors('linear', 2, [0, 1, 2, 6, 10, 12], 10)).toEqual([0, 0.5, 1, 0.5, 0, 0]);
  });

  it('falls along half a cosine', () => {
    const [start, quarter, half, end] = factors('cosine', 2, [2, 4, 6, 10], 10);
    expect(start).toBe(1);
    expect(quarter).toBeCloseTo(0.8535533905932737, 12);
    expect(half).toBeCloseTo(0.5, 12);
    expect(end).toBeCloseTo(0, 12);
  });

  it('is finite when warm-up takes all steps', () => {
    expect(factors('linear', 10, [9, 10], 10)).toEqual([0.9, 0]);
  });
});
