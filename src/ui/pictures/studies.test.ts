/** Runs by hand: each a plan of two stages with the four scores that the pictures read. */
import { describe, expect, it } from 'vitest';
import type { RunConfigInput } from '../../run/config';
import { newTaskScore, oldTaskScore } from '../../run/study';
import type { RunResult } from '../../run/result';
import { studentQuantile } from '../../run/statistics';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { percent, studiesOf } from './groups';
import { planePoints, planeView } from './plane';
import { groupsView } from './seeds';
import { enoughShare, shareView, sweepsOf } from './shares';

let made = 0;

/** Reviews: 80 when learnt, `old` in the end; Tickets: `fresh`. */
function run(change: Partial<RunConfigInput>, old: number, fresh: number): RunResult {
  const base = fixtureRun({ id: `run-${++made}`, config: fixtureConfig(change) });
  const joint = change.method?.name === 'joint';
  const scores = [
    [50, 5],
    [80, 10],
    [old, fresh],
  ];
  const rows = base.matrix.map((row, stage) => ({
    ...row,
    scores: row.scores.map((s, task) => ({
      ...s,
      score: { ...s.score, value: scores[stage]?.[task] ?? 30 },
    })),
  }));
  return {
    ...base,
    createdAt: `2026-11-24T10:00:${String(made).padStart(2, '0')}.000Z`,
    matrix: joint ? [rows[0]!, { ...rows[2]!, stage: 1 }] : rows,
    bands: joint ? [{ stage: 1, task: '*', from: 0, to: 400 }] : base.bands,
    metrics: { ...base.metrics, retention: joint ? null : (100 * old) / 80 },
  };
}

const sequential = { name: 'sequential' as const };
const share = (value: number) => ({ name: 'replay' as const, memory: 'share' as const, share: value });

describe('studies', () => {
  it('lay runs of one plan together, and in them those that differ in the seed alone', () => {
    const other = fixtureConfig().plan.stages.map((stage) => ({ ...stage, steps: 10 }));
    const studies = studiesOf([
      run({ method: sequential, seed: 2 }, 40, 90),
      run({ method: sequential, seed: 1, name: 'named' }, 20, 90),
      run({ method: { name: 'lwf' }, seed: 1 }, 60, 80),
      run({ method: { name: 'lwf' }, seed: 1, optimizer: { name: 'adamw', learningRate: 1e-3 } }, 50, 80),
      run({ plan: { stages: other } }, 40, 90),
      { ...run({ seed: 9 }, 40, 90), status: 'stopped' },
    ]);
    expect(
      studies.map(({ name, groups }) => [
        name,
        groups.map((g) => [g.label, g.runs.map((r) => r.config.seed)]),
      ]),
    ).toEqual([
      [
        'Reviews → Tickets; watched Dialogue',
        [
          ['Sequential', [1, 2]],
          ['LwF, distillation, learningRate 0.0005', [1]],
          ['LwF, distillation, learningRate 0.001', [1]],
        ],
      ],
      ['Reviews → Tickets', [['Sequential', [7]]]],
    ]);
  });

  it('name what replay keeps, and adapters', () => {
    const label = (change: Partial<RunConfigInput>) => studiesOf([run(change, 40, 90)])[0]!.groups[0]!.label;
    expect(label({ method: share(0.05) })).toBe('Replay, 5 %');
    expect(label({ method: { name: 'replay', count: 20, ratio: 2 } })).toBe('Replay, 20 a task, ratio 2');
    expect(label({ method: sequential, lora: {} })).toBe('Sequential, LoRA');
  });

  it('count the newest of two runs with one seed', () => {
    const [study] = studiesOf([run({ seed: 1 }, 40, 90), run({ seed: 1 }, 60, 90)]);
    expect(study!.groups[0]!.runs.map(oldTaskScore)).toEqual([60]);
  });
});

describe('the plane', () => {
  const runs = [
    run({ method: sequential, seed: 1 }, 20, 92),
    run({ method: sequential, seed: 2 }, 36, 96),
    run({ method: { name: 'lwf' }, seed: 1 }, 60, 80),
    run({ method: { name: 'ewc' }, seed: 1 }, 50, 70),
    run({ method: { name: 'joint' }, seed: 1 }, 76, 90),
  ];
  const [study] = studiesOf(runs);

  it('reads the new task at its own stage, the old ones after the last', () => {
    expect(runs.map((r) => [newTaskScore(r), oldTaskScore(r)])).toEqual([
      [92, 20],
      [96, 36],
      [80, 60],
      [70, 50],
      [90, 76],
    ]);
  });

  it('has a point a method with its intervals, and marks those that no other beats', () => {
    const points = planePoints(study!.groups, 'retention');
    expect(
      points.map(({ label, learnt, kept, frontier }) => [label, learnt.mean, kept.mean, frontier]),
    ).toEqual([
      ['Sequential', 94, 35, true],
      ['LwF, distillation', 80, 75, true],
      ['EWC', 70, 62.5, false],
    ]);
    const half = (studentQuantile(0.975, 1) * Math.SQRT2 * 10) / Math.SQRT2;
    expect(points[0]!.kept.low).toBeCloseTo(35 - half, 8);
    // By scores joint training is there too, and beats LwF.
    const old = planePoints(study!.groups, 'old');
    expect(old.map(({ label, kept, frontier }) => [label, kept.mean, frontier])).toEqual([
      ['Sequential', 28, true],
      ['LwF, distillation', 60, false],
      ['EWC', 50, false],
      ['Joint multi-task', 76, true],
    ]);
  });

  it('draws a dot a method, and the frontier through those on it', () => {
    const { lines } = planeView(planePoints(study!.groups, 'old'), 'old');
    expect(lines.map(({ label, shape }) => [label, shape ?? 'line'])).toEqual([
      ['Sequential', 'dots'],
      ['LwF, distillation', 'dots'],
      ['EWC', 'dots'],
      ['Joint multi-task', 'dots'],
      ['frontier', 'line'],
    ]);
    expect(lines.at(-1)!.points.map(({ x, y }) => [x, y])).toEqual([
      [90, 76],
      [94, 28],
    ]);
  });

  it('has no point where a measure is not defined', () => {
    const one = run({ plan: { stages: [{ task: 'reviews', steps: 200 }] } }, 40, 90);
    expect(newTaskScore(one)).toBeNull();
    expect(planePoints(studiesOf([one])[0]!.groups, 'old')).toEqual([]);
  });
});

describe('how much old data is enough', () => {
  const runs = [
    run({ method: sequential, seed: 1 }, 20, 92),
    run({ method: share(0.01), seed: 1 }, 56, 91),
    run({ method: share(0.01), seed: 2 }, 64, 91),
    run({ method: share(0.1), seed: 1 }, 77, 90),
    run({ method: share(1), seed: 1 }, 80, 88),
    run({ method: { ...share(0.1), ratio: 2 }, seed: 1 }, 79, 80),
    run({ method: { name: 'replay', memory: 'count' }, seed: 1 }, 70, 90),
  ];
  const sweeps = sweepsOf(studiesOf(runs));

  it('takes runs that differ in the share alone, plain fine-tuning as the share 0', () => {
    expect(sweeps.map(({ points }) => points.map((p) => [p.share, p.retention!.mean]))).toEqual([
      [
        [0, 25],
        [0.01, 75],
        [0.1, 96.25],
        [1, 100],
      ],
      [
        [0, 25],
        [0.1, 98.75],
      ],
    ]);
    expect(sweeps[0]!.points[1]!.retention!.n).toBe(2);
    expect(sweeps[0]!.points.map((p) => p.learnt!.mean)).toEqual([92, 91, 90, 88]);
  });

  it('says which share is enough, and draws shares evenly spaced by name', () => {
    expect(enoughShare(sweeps[0]!)!.share).toBe(0.1);
    expect(enoughShare(sweeps[0]!, 0.5)!.share).toBe(0.01);
    const view = shareView(sweeps[0]!);
    expect(view.x.labels!.map(({ text }) => text)).toEqual(['0 %', '1 %', '10 %', '100 %']);
    expect(view.lines.map((l) => l.points.map(({ x, y }) => [x, y]))[0]).toEqual([
      [0, 25],
      [1, 75],
      [2, 96.25],
      [3, 100],
    ]);
    expect(percent(0.0025)).toBe('0.25 %');
  });
});

describe('curves of groups', () => {
  it('have a line a group, named with its seeds', () => {
    const [study] = studiesOf([
      run({ seed: 1 }, 20, 92),
      run({ seed: 2 }, 20, 92),
      run({ method: { name: 'ewc' } }, 20, 92),
    ]);
    const view = groupsView(study!.groups, 'reviews', 'score');
    expect(view.lines.map(({ label, points }) => [label, points.length])).toEqual([
      ['Sequential, 2 seeds', 21],
      ['EWC, 1 seed', 21],
    ]);
  });
});
