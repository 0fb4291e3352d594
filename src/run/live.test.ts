import { expect, test } from 'vitest';
import { byAge, checkpointMeta } from './checkpoint';
import { heldRuns, holdRun, holdTraining, settled } from './live';
import type { RunResult } from './result';
import { fakeLocks } from './testing';

const record = (id: string, status: RunResult['status']): RunResult => ({ id, status }) as RunResult;

test('a run is held by one at a time, and free again when let go', async () => {
  const locks = fakeLocks();
  const letGo = await holdRun('r', locks);
  expect(letGo).not.toBeNull();
  expect(await holdRun('r', locks, 5)).toBeNull();
  expect(await heldRuns(locks)).toEqual(new Set(['r']));
  letGo?.();
  await new Promise((resolve) => setTimeout(resolve, 0));
  expect(await heldRuns(locks)).toEqual(new Set());
  expect(await holdRun('r', locks)).not.toBeNull();
});

test('one run is trained at a time, whichever it is; the next waits a moment for the last to let go', async () => {
  const locks = fakeLocks();
  const first = await holdTraining('a', locks, 5);
  expect(await holdTraining('a', locks, 5)).toBe('run');
  expect(await holdTraining('b', locks, 5)).toBe('trainer');
  // What was not to be trained is not held either.
  expect(await heldRuns(locks)).toEqual(new Set(['a']));
  const next = holdTraining('b', locks, 10_000);
  if (typeof first === 'function') first();
  expect(typeof (await next)).toBe('function');
  expect(await heldRuns(locks)).toEqual(new Set(['b']));
});

test('running or paused without a worker is interrupted; anything else is what it says', () => {
  const held = new Set(['live']);
  expect(settled(record('live', 'running'), held).status).toBe('running');
  expect(settled(record('dead', 'running'), held).status).toBe('interrupted');
  expect(settled(record('dead', 'paused'), held).status).toBe('interrupted');
  expect(settled(record('dead', 'finished'), held).status).toBe('finished');
});

test('checkpoints are read from manifests and ordered as they were made', () => {
  const meta = (place: 'stage' | 'step', stage: number, step: number) => {
    const found = checkpointMeta({
      runId: 'r',
      checkpointId: `${place}-${step}`,
      place,
      stage,
      step,
      runName: 'R',
    });
    if (!found) throw new Error('no meta');
    return found;
  };
  const made = [meta('stage', 1, 13), meta('step', 1, 20), meta('step', 1, 23), meta('stage', 2, 23)];
  expect([made[3]!, made[1]!, made[0]!, made[2]!].sort(byAge)).toEqual(made);
  expect(checkpointMeta({ label: 'a model' })).toBeNull();
});
