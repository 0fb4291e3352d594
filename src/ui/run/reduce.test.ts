import { describe, expect, it } from 'vitest';
import type { Event } from '../../worker/protocol';
import { fixtureRun } from '../testing/fixture';
import { applyEvent, canResume, isGoing, settledAll } from './reduce';

const run = () => fixtureRun({ step: 0, status: 'running' });
const whole = fixtureRun();
const runId = whole.id;

describe('applyEvent', () => {
  it('rebuilds a run from its events', () => {
    const events: Event[] = [
      {
        type: 'planned',
        runId,
        totalSteps: whole.totalSteps,
        bands: whole.bands,
        truncated: whole.truncated,
        labels: whole.labels ?? [],
        testRows: whole.testRows ?? [],
      },
      { type: 'losses', runId, from: 0, values: whole.losses.slice(0, 150) },
      { type: 'evaluations', runId, points: whole.evaluations.slice(0, 12) },
      { type: 'losses', runId, from: 150, values: whole.losses.slice(150) },
      { type: 'evaluations', runId, points: whole.evaluations.slice(12) },
      ...whole.matrix.map((row): Event => {
        const { metrics, samples, lost = [], timings } = whole;
        return { type: 'row', runId, row, metrics, samples, lost, timings };
      }),
      {
        type: 'progress',
        runId,
        progress: {
          phase: 'scoring',
          step: 400,
          totalSteps: 400,
          stepsPerSecond: null,
          secondsLeft: null,
        },
      },
    ];
    const start = { ...run(), matrix: [], evaluations: [], bands: [], totalSteps: 0 };
    const built = events.reduce(applyEvent, start);
    expect(built).toEqual({ ...whole, status: 'running' });
  });

  it('replaces what a resumed run repeats', () => {
    const point = { ...whole.evaluations[0]!, loss: 9 };
    const again = applyEvent(whole, { type: 'evaluations', runId, points: [point] });
    expect(again.evaluations).toHaveLength(whole.evaluations.length);
    expect(again.evaluations.filter((e) => e.step === 0 && e.task === point.task)).toEqual([point]);
    const row = { ...whole.matrix[1]!, step: 999 };
    const { metrics, samples, lost = [], timings } = whole;
    const rows = applyEvent(whole, { type: 'row', runId, row, metrics, samples, lost, timings }).matrix;
    expect(rows.map((r) => [r.stage, r.step])).toEqual([
      [0, 0],
      [1, 999],
      [2, 400],
    ]);
    expect(applyEvent(whole, { type: 'losses', runId, from: 2, values: [7] }).losses).toEqual([
      ...whole.losses.slice(0, 2),
      7,
    ]);
  });

  it('follows pausing and ending', () => {
    const progress = {
      phase: 'paused' as const,
      step: 3,
      totalSteps: 400,
      stepsPerSecond: 1,
      secondsLeft: 9,
    };
    const paused = applyEvent(run(), { type: 'progress', runId, progress });
    expect([paused.status, paused.step]).toEqual(['paused', 3]);
    expect(applyEvent(paused, { type: 'progress', runId, progress })).toBe(paused);
    expect(applyEvent(paused, { type: 'ended', runId, status: 'finished', result: whole })).toBe(whole);
  });

  it('leaves other runs alone', () => {
    const before = run();
    expect(applyEvent(before, { type: 'losses', runId: 'another', from: 0, values: [1] })).toBe(before);
    expect(applyEvent(before, { type: 'refused', id: 1, message: 'no' })).toBe(before);
  });
});

describe('status', () => {
  it('tells what is going and what can be taken up again', () => {
    const of = (status: ReturnType<typeof run>['status']) => fixtureRun({ status });
    expect((['running', 'paused'] as const).map((s) => isGoing(of(s)))).toEqual([true, true]);
    expect((['interrupted', 'stopped', 'failed'] as const).every((s) => canResume(of(s)))).toBe(true);
    expect((['running', 'paused', 'finished'] as const).some((s) => canResume(of(s)))).toBe(false);
  });
  it('calls a run interrupted that no worker holds', () => {
    const list = [fixtureRun({ id: 'a', status: 'running' }), fixtureRun({ id: 'b', status: 'paused' })];
    expect(settledAll(list, ['b']).map((r) => r.status)).toEqual(['interrupted', 'paused']);
  });
});
