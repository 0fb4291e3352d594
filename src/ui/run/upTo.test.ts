import { describe, expect, it } from 'vitest';
import { fixtureRun } from '../testing/fixture';
import { headline } from './headline';
import { upTo } from './upTo';

describe('a run up to a stage', () => {
  const run = fixtureRun();

  it('leaves out all that came later', () => {
    const first = upTo(run, 1);
    expect([first.step, first.losses.length, first.matrix.map((r) => r.stage)]).toEqual([200, 200, [0, 1]]);
    expect(Math.max(...first.evaluations.map((e) => e.step))).toBe(200);
    expect(first.samples.every((s) => s.answers.every((a) => a.stage <= 1))).toBe(true);
    expect(first.metrics.forgetting).toBeNull();
    expect(headline(first)?.text).not.toBe(headline(run)?.text);
    // The axis keeps the whole plan.
    expect([first.totalSteps, first.bands]).toEqual([run.totalSteps, run.bands]);
  });

  it('keeps the measures of the stages that were over', () => {
    const curve = [
      { stage: 1, averageAccuracy: 92 },
      { stage: 2, averageAccuracy: 63.5 },
    ];
    const learning = ['reviews', 'tickets'].map((task) => ({ task, area: 50, stepsToMostGain: 9 }));
    const first = upTo({ ...run, metrics: { ...run.metrics, curve, learning } }, 1);
    expect([first.metrics.curve, first.metrics.learning]).toEqual([curve.slice(0, 1), learning.slice(0, 1)]);
    expect(first.metrics.averageAccuracy).toBeNull();
  });

  it('is the run itself at its last stage, and where there is no such stage', () => {
    for (const stage of [null, 2, 9]) expect(upTo(run, stage)).toBe(run);
  });
});
