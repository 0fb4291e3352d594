import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../run/result';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { changes, headline, learning, soFar } from './headline';

const texts = (list: { text: string }[]) => list.map((c) => c.text);

describe('headline', () => {
  it('counts a trained task from when it was learnt, a watched one from before', () => {
    const run = fixtureRun();
    expect(changes(run).map((c) => [c.text, c.since])).toEqual([
      ['Reviews 92 → 41 (−51)', 'learnt'],
      ['Dialogue 31 → 14 (−17)', 'before'],
    ]);
    expect(headline(run)?.text).toBe('Reviews 92 → 41 (−51)');
    expect(texts(learning(run))).toEqual(['Reviews 55 → 92 (+37)', 'Tickets 4 → 86 (+82)']);
  });

  it('speaks of what was learnt while nothing trained can be lost, unless a watched task was', () => {
    const noneWatched = fixtureConfig({ plan: { stages: [{ task: 'reviews', steps: 200 }] } });
    expect(headline(fixtureRun({ step: 200, config: noneWatched }))?.text).toBe('Reviews 55 → 92 (+37)');
    expect(headline(fixtureRun({ step: 200 }))?.text).toBe('Dialogue 31 → 22 (−9)');
    expect(headline(fixtureRun({ step: 10 }))).toBeNull();
  });

  it('makes the figures agree after rounding', () => {
    const run = withScores(fixtureRun(), 91.5, 40.4);
    expect(headline(run)?.text).toBe('Reviews 92 → 40 (−52)');
  });

  it('counts a rising loss as a loss', () => {
    const base = fixtureConfig();
    const tasks = base.tasks.map((t) => (t.id === 'reviews' ? { ...t, metric: 'loss' as const } : t));
    const run = withScores(fixtureRun({ config: { ...base, tasks } }), 0.5, 2.25);
    const change = changes(run)[0]!;
    expect(change.text).toBe('Reviews 0.50 → 2.25 (+1.75)');
    expect(change.gain).toBeCloseTo(-1.75);
  });
});

describe('soFar', () => {
  it('speaks from the curve before the matrix can', () => {
    const run = fixtureRun({ step: 300, status: 'running' });
    const change = soFar(run)!;
    expect(change.task.id).toBe('reviews');
    expect(change.from).toBeCloseTo(92, 0);
    expect(change.to).toBeLessThan(60);
  });
  it('shows the task in training while it is the first', () => {
    const change = soFar(fixtureRun({ step: 100, status: 'running' }))!;
    expect([change.task.id, Math.round(change.from)]).toEqual(['reviews', 55]);
    expect(change.gain).toBeGreaterThan(20);
  });
  it('speaks so of a run that was broken off, too', () => {
    expect(soFar(fixtureRun({ step: 300, status: 'interrupted' }))?.task.id).toBe('reviews');
  });
  it('has nothing to say before the second point, or once the matrix has it all', () => {
    expect(soFar(fixtureRun({ step: 0, status: 'running' }))).toBeNull();
    expect(soFar(fixtureRun())).toBeNull();
  });
});

/** With these two scores of Reviews after stage 1 and after stage 2. */
function withScores(run: RunResult, one: number, two: number): RunResult {
  const matrix = run.matrix.map((row) => ({
    ...row,
    scores: row.scores.map((s) =>
      s.task === 'reviews' && row.stage > 0
        ? { ...s, score: { ...s.score, value: row.stage === 1 ? one : two } }
        : s,
    ),
  }));
  return { ...run, matrix };
}
