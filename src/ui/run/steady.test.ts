import { expect, it } from 'vitest';
import { fixtureRun } from '../testing/fixture';
import { applyEvent } from './reduce';
import { steady } from './steady';

it('stays the same object while a run only steps on, and follows whatever else changes', () => {
  const hold = steady();
  const run = fixtureRun({ step: 100, status: 'running' });
  expect(hold(run)).toBe(run);
  const stepped = applyEvent(run, { type: 'losses', runId: run.id, from: 100, values: [1, 2] });
  expect(stepped).not.toBe(run);
  expect(hold({ ...stepped, step: 102 })).toBe(run);
  const [point] = run.evaluations;
  const scored = applyEvent(stepped, {
    type: 'evaluations',
    runId: run.id,
    points: [{ ...point!, step: 102 }],
  });
  expect(hold(scored)).toBe(scored);
  const paused = { ...scored, status: 'paused' as const };
  expect(hold(paused)).toBe(paused);
  const other = fixtureRun({ id: 'other', step: 100, status: 'running' });
  expect(hold(other)).toBe(other);
  expect(hold(null)).toBeNull();
  expect(hold(other)).toBe(other);
});
