import { describe, expect, test } from 'vitest';
import { newRecord } from '../continual/record';
import { fakeConfig } from '../continual/testing';
import { Estimate } from './estimate';
import type { Event } from './protocol';
import { Reporter } from './reporter';

describe('the estimate', () => {
  test('is unknown until each kind of work that is left was measured', () => {
    const estimate = new Estimate();
    expect(estimate.stepsPerSecond).toBeNull();
    expect(estimate.secondsLeft(10, new Map(), 0)).toBeNull();
    estimate.note({ kind: 'step', seconds: 0.5 });
    expect(estimate.stepsPerSecond).toBeNull();
    estimate.note({ kind: 'step', seconds: 0.5 });
    expect(estimate.stepsPerSecond).toBe(2);
    expect(estimate.secondsLeft(10, new Map([['a', 30]]), 0)).toBeNull();
    estimate.note({ kind: 'rows', task: 'a', rows: 10, seconds: 4 });
    expect(estimate.secondsLeft(10, new Map([['a', 30]]), 0)).toBeCloseTo(5 + 12, 9);
  });

  test('takes a task by its own speed, an unmeasured one by that of all', () => {
    const estimate = new Estimate();
    estimate.note({ kind: 'rows', task: 'a', rows: 10, seconds: 10 });
    estimate.note({ kind: 'rows', task: 'b', rows: 10, seconds: 30 });
    estimate.note({ kind: 'save', seconds: 3 });
    const rows = (task: string) => new Map([[task, 5]]);
    expect(estimate.secondsLeft(0, rows('a'), 0)).toBe(5);
    expect(estimate.secondsLeft(0, rows('b'), 2)).toBe(21);
    expect(estimate.secondsLeft(0, rows('new'), 0)).toBe(10);
  });

  test('the speed is that of the last seconds, and of two steps at least', () => {
    const estimate = new Estimate();
    for (let i = 0; i < 100; i++) estimate.note({ kind: 'step', seconds: 1 });
    for (let i = 0; i < 60; i++) estimate.note({ kind: 'step', seconds: 0.1 });
    expect(estimate.stepsPerSecond).toBeCloseTo(10, 6);
    estimate.note({ kind: 'step', seconds: 20 });
    estimate.note({ kind: 'step', seconds: 20 });
    expect(estimate.stepsPerSecond).toBeCloseTo(0.05, 9);
  });
});

describe('the reporter', () => {
  function reporting() {
    const events: Event[] = [];
    const clock = { ms: 0 };
    const record = newRecord('r', fakeConfig(), '');
    return {
      events,
      clock,
      record,
      reporter: new Reporter(
        record,
        (e) => events.push(e),
        () => clock.ms,
      ),
    };
  }

  test('tells progress of one phase ten times a second at most, a new phase at once', () => {
    const { events, clock, reporter } = reporting();
    for (clock.ms = 0; clock.ms < 1000; clock.ms += 10) reporter.phase('training', 'A');
    expect(events).toHaveLength(10);
    reporter.phase('scoring', 'A', 0);
    reporter.phase('scoring', 'B', 0);
    reporter.phase('scoring', 'B', 0.5);
    expect(events).toHaveLength(12);
  });

  test('says what goes on after a pause', () => {
    const { events, reporter } = reporting();
    reporter.phase('scoring', 'A', 0.25);
    reporter.phase('saving');
    reporter.phase('paused');
    reporter.continued();
    expect(events.at(-1)).toMatchObject({ progress: { phase: 'scoring', detail: 'A', share: 0.25 } });
    expect(events).toHaveLength(4);
  });

  test('gathers losses and sends them before what comes after them', () => {
    const { events, clock, reporter } = reporting();
    reporter.phase('training', 'A');
    reporter.losses(0, [3]);
    reporter.losses(1, [2]);
    reporter.losses(2, [1]);
    expect(events).toHaveLength(1);
    reporter.evaluations([]);
    expect(events.slice(1)).toEqual([
      { type: 'losses', runId: 'r', from: 0, values: [3, 2, 1] },
      { type: 'evaluations', runId: 'r', points: [] },
    ]);
    reporter.losses(3, [1]);
    clock.ms = 500;
    reporter.phase('training', 'A');
    expect(events.slice(3).map((e) => e.type)).toEqual(['losses', 'progress']);
  });

  test('says how long it will take once it knows the plan', () => {
    const { events, record, reporter } = reporting();
    record.bands = [{ stage: 1, task: 'a', from: 0, to: 10 }];
    record.totalSteps = 10;
    record.step = 4;
    reporter.measured({ kind: 'step', seconds: 1 });
    reporter.measured({ kind: 'step', seconds: 1 });
    reporter.measured({ kind: 'rows', task: 'a', rows: 4, seconds: 2 });
    reporter.phase('training', 'A');
    reporter.left = () => ({ steps: 6, rows: new Map([['a', 20]]) });
    reporter.phase('scoring', 'A');
    expect(events).toMatchObject([
      { progress: { stepsPerSecond: 1, secondsLeft: null } },
      { progress: { stepsPerSecond: 1, secondsLeft: 16, step: 4, totalSteps: 10 } },
    ]);
  });
});
