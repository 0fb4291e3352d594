import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fakeAnswers, fakeParts } from '../continual/testing';
import { checkpointsOf } from './checkpoints';
import { Bench, config, freshStore, store, timeless, unbroken, weightsOf } from './testing';

beforeEach(freshStore);
afterEach(() => store.close());

describe('interrupted', () => {
  test.each([2, 9, 16, 19])('a worker killed at step %d: a new one goes on to the same end', async (step) => {
    const whole = await unbroken();
    const first = new Bench();
    // A pause keeps a checkpoint; three steps later, which are lost, the worker dies.
    let rested = false;
    first.turn = () => {
      const now = first.of('progress').at(-1)?.progress.step ?? 0;
      if (rested) first.dead = now >= step + 3;
      else if (now >= step) {
        rested = true;
        first.command('pause');
        setTimeout(() => first.command('continue'), 20);
      }
    };
    await first.ask({ type: 'start', runId: 'r1', config: config() });
    while (!first.dead) await new Promise((resolve) => setTimeout(resolve, 5));
    const left = await checkpointsOf(store, 'r1');
    expect(left.at(-1)!.checkpointId).toBe('latest');

    const second = new Bench();
    const answer = await second.ask({ type: 'resume', runId: 'r1' });
    const at = left.at(-1)!.step;
    if (answer.of !== 'resume') throw new Error(answer.of);
    expect(answer.result).toMatchObject({ step: at, status: 'running' });
    expect(answer.result.losses).toEqual(whole.losses.slice(0, at));
    const result = await second.ended();
    expect(timeless(result)).toEqual(timeless(whole));
    expect(await weightsOf('r1', 'stage-2')).toEqual(await weightsOf('whole', 'stage-2'));
    expect((await checkpointsOf(store, 'r1')).map((c) => c.checkpointId)).toEqual(['stage-1', 'stage-2']);
  });

  test('before its first checkpoint, a run starts over', async () => {
    const first = new Bench();
    first.turn = () => (first.dead = first.of('device').length > 0);
    await first.ask({ type: 'start', runId: 'r1', config: config() });
    while (!first.dead) await new Promise((resolve) => setTimeout(resolve, 5));
    const second = new Bench();
    await second.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await second.ended())).toEqual(timeless(await unbroken()));
  });

  test('data that changed meanwhile is refused', async () => {
    const first = new Bench();
    first.turn = () => {
      if ((first.of('progress').at(-1)?.progress.step ?? 0) >= 5) first.command('stop');
    };
    await first.ask({ type: 'start', runId: 'r1', config: config() });
    await first.ended();
    const second = new Bench({
      loadTask: () => Promise.resolve(fakeParts(0, fakeAnswers, { train: 50, scored: 30 })),
    });
    await second.ask({ type: 'resume', runId: 'r1' });
    const result = await second.ended();
    expect(result.status).toBe('failed');
    expect(result.error).toMatch(/data of a task is not what it was/);
  });

  test('a finished run has nothing to go on with, and an unknown one cannot', async () => {
    await unbroken();
    await expect(new Bench().ask({ type: 'resume', runId: 'whole' })).rejects.toThrow('finished');
    await expect(new Bench().ask({ type: 'resume', runId: 'none' })).rejects.toThrow('no longer kept');
  });
});
