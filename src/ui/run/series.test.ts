import { describe, expect, it } from 'vitest';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { bands, firstMeasure, lastStep, lossPoints, pointsByStep, series } from './series';

describe('series', () => {
  it('has a line a task, trained ones first, points by step', () => {
    const lines = series(fixtureRun(), 'score');
    expect(lines.map((l) => [l.task.name, l.task.stage, l.points.length])).toEqual([
      ['Reviews', 1, 21],
      ['Tickets', 2, 21],
      ['Dialogue', null, 21],
    ]);
    const steps = lines[0]!.points.map((p) => p.x);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    for (const p of lines[0]!.points) expect(p.low <= p.y && p.y <= p.high).toBe(true);
  });

  it('marks a task as learnt where its own stage ended, not before', () => {
    const at = (step: number) => series(fixtureRun({ step }), 'score').map((l) => l.learnt?.x ?? null);
    expect(at(400)).toEqual([200, 400, null]);
    expect(at(260)).toEqual([200, null, null]);
    expect(at(180)).toEqual([null, null, null]);
  });

  it('keeps the later of two points of one step, and sorts what came out of order', () => {
    const run = fixtureRun();
    const later = { ...run.evaluations[0]!, score: { value: 1, low: 0, high: 2, n: 5 } };
    const shuffled = [...run.evaluations].reverse();
    const line = series({ ...run, evaluations: [...shuffled, later] }, 'score')[0]!;
    expect(line.points).toHaveLength(21);
    expect(line.points[0]).toEqual({ x: 0, y: 1, low: 0, high: 2, n: 5 });
  });

  it('draws losses for every task and leaves tasks measured by loss out of the scores', () => {
    const base = fixtureConfig();
    const tasks = base.tasks.map((t) => (t.id === 'tickets' ? { ...t, metric: 'loss' as const } : t));
    const run = fixtureRun({ config: { ...base, tasks } });
    expect(series(run, 'score').map((l) => l.task.id)).toEqual(['reviews', 'dialogue']);
    const losses = series(run, 'loss');
    expect(losses).toHaveLength(3);
    expect(losses[1]!.points[0]!.y).toBe(run.evaluations.find((e) => e.task === 'tickets')!.loss);
    expect(firstMeasure(run)).toBe('score');
    const all = base.tasks.map((t) => ({ ...t, metric: 'loss' as const }));
    expect(firstMeasure(fixtureRun({ config: { ...base, tasks: all } }))).toBe('loss');
  });
});

describe('axes', () => {
  it('names the bands and reserves the whole plan', () => {
    const run = fixtureRun({ step: 60 });
    expect(bands(run).map((b) => [b.label, b.from, b.to, b.colour])).toEqual([
      ['1 · Reviews', 0, 200, 0],
      ['2 · Tickets', 200, 400, 1],
    ]);
    expect(lastStep(run)).toBe(400);
    expect(lastStep({ ...run, totalSteps: 0, bands: [], step: 0 })).toBe(1);
  });
});

describe('lossPoints', () => {
  it('shows each step while they are few', () => {
    expect(lossPoints([3, 2, 1])).toEqual([
      { x: 1, y: 3 },
      { x: 2, y: 2 },
      { x: 3, y: 1 },
    ]);
  });
  it('averages buckets when they are many, and skips what is no number', () => {
    const points = lossPoints([2, 4, Number.NaN, 6, Number.NaN, Number.NaN], 3);
    expect(points).toEqual([
      { x: 2, y: 3 },
      { x: 4, y: 6 },
    ]);
    expect(lossPoints([1, 3, 5, 7, 9], 3).map(({ x }) => x)).toEqual([2, 4, 5]);
    expect(lossPoints(new Array<number>(100_000).fill(1), 600).length).toBeLessThanOrEqual(600);
  });
});

describe('pointsByStep', () => {
  it('has a row for each step and a hole where a line was not scored', () => {
    const p = (x: number, y: number) => ({ x, y, low: y, high: y, n: 1 });
    const rows = pointsByStep([{ points: [p(0, 1), p(20, 2)] }, { points: [p(20, 3)] }]);
    expect(rows.map((r) => [r.step, ...r.values.map((v) => v?.y ?? null)])).toEqual([
      [0, 1, null],
      [20, 2, 3],
    ]);
  });
});
