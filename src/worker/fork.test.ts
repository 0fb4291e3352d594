import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseRunConfig, type RunConfig } from '../run/config';
import type { RunResult } from '../run/result';
import { Bench, config, freshStore, store, timeless, unbroken, weightsOf } from './testing';

beforeEach(freshStore);
afterEach(() => store.close());

const forkConfig = (checkpointId: string, change: Partial<RunConfig> = {}): RunConfig => ({
  ...config(),
  fork: { runId: 'whole', checkpointId },
  ...change,
});

async function fork(given: RunConfig, runId = 'fork'): Promise<RunResult> {
  const bench = new Bench();
  await bench.ask({ type: 'start', runId, config: given });
  return bench.ended();
}

const withoutFork = (record: RunResult) => ({
  ...timeless(record),
  config: { ...record.config, fork: undefined },
});

test('a fork with the same method equals the run that it forks from, bit for bit', async () => {
  const whole = await unbroken();
  const forked = await fork(forkConfig('stage-1'));
  expect(forked.status).toBe('finished');
  expect(withoutFork(forked)).toEqual(withoutFork(whole));
  expect(await weightsOf('fork', 'stage-2')).toEqual(await weightsOf('whole', 'stage-2'));
  // The run that it came from stands as it was.
  expect(await store.runs.get('whole')).toEqual(whole);
});

test('with another method what was before stays, and what comes after is its own', async () => {
  const whole = await unbroken();
  const forked = await fork(forkConfig('stage-1', { method: { name: 'wise-ft', alpha: 0.5 } }));
  expect(forked.status, forked.error).toBe('finished');
  expect(forked.matrix.slice(0, 2)).toEqual(whole.matrix.slice(0, 2));
  expect(forked.losses.slice(0, 13)).toEqual(whole.losses.slice(0, 13));
  expect(forked.config.method.name).toBe('wise-ft');
  expect(await weightsOf('fork', 'stage-2')).not.toEqual(await weightsOf('whole', 'stage-2'));
});

test('a fork that was stopped before its first checkpoint begins at the fork again', async () => {
  await unbroken();
  const bench = new Bench();
  await bench.ask({ type: 'start', runId: 'fork', config: forkConfig('stage-1') });
  bench.command('stop');
  expect((await bench.ended()).status).toBe('stopped');
  const again = new Bench();
  await again.ask({ type: 'resume', runId: 'fork' });
  expect(withoutFork(await again.ended())).toEqual(withoutFork((await store.runs.get('whole'))!));
});

test('a fork that is stopped while its checkpoint is read is not begun', async () => {
  // What the method keeps is read back; a plain run has nothing to read at the end of a stage.
  const method = { name: 'ewc', samples: 20, mode: 'online' } as const;
  const whole = new Bench();
  await whole.ask({ type: 'start', runId: 'whole', config: config({ method }) });
  const { config: settings } = await whole.ended();
  const bench = new Bench();
  bench.turn = () => bench.command('stop');
  const start = {
    type: 'start',
    runId: 'fork',
    config: forkConfig('stage-1', { method: settings.method }),
  } as const;
  await expect(bench.ask(start)).rejects.toThrow(/^Stopped before it went on/);
  expect(await store.runs.get('fork')).toBeNull();
});

test('with another learning rate the method goes on with what it has kept', async () => {
  const method = { name: 'l2-sp', anchor: 'start', alpha: 0.5 } as const;
  const whole = new Bench();
  await whole.ask({ type: 'start', runId: 'whole', config: config({ method }) });
  const { config: settings } = await whole.ended();
  const optimizer = { ...settings.optimizer, learningRate: 2 * settings.optimizer.learningRate };
  const forked = await fork(forkConfig('stage-1', { method: settings.method, optimizer }));
  expect(forked.status, forked.error).toBe('finished');
  // These weights are not moved by a rate, but they are by where the penalty draws them to.
  expect(await weightsOf('fork', 'stage-2')).toEqual(await weightsOf('whole', 'stage-2'));
});

test('what cannot be gone on with is refused with the reason', async () => {
  await unbroken();
  await expect(fork(forkConfig('stage-7'))).rejects.toThrow(/no longer kept/);
  await expect(fork(forkConfig('stage-1', { batchSize: 3 }))).rejects.toThrow(/"batchSize" is another/);
  await expect(fork(forkConfig('stage-1', { dropout: 0.3 }))).rejects.toThrow(/"dropout" is another/);
  const { evaluation } = config();
  const fewer = { ...evaluation, testExamples: evaluation.testExamples - 1 };
  await expect(fork(forkConfig('stage-1', { evaluation: fewer }))).rejects.toThrow(/as many test rows/);
  const joint = parseRunConfig({ ...config(), method: { name: 'joint' } });
  if (!joint.ok) throw new Error('the method is as it should be');
  await expect(fork(forkConfig('stage-1', { method: joint.config.method }))).rejects.toThrow(
    /one stage for all/,
  );
});
