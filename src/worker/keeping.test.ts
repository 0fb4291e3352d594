import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CalledOff } from '../run/calledOff';
import { StoreError } from '../store/store';
import { checkpointsOf } from './checkpoints';
import { Bench, config, freshStore, store, timeless, unbroken } from './testing';

beforeEach(freshStore);
afterEach(() => {
  vi.restoreAllMocks();
  store.close();
});

const full = () => new StoreError('quota', 'could not save: this browser has no room left for it');

/** Runs until it rests because something could not be kept. */
async function rested(bench: Bench): Promise<string> {
  await bench.ask({ type: 'start', runId: 'r1', config: config() });
  const event = await bench.event((e) => e.type === 'trouble');
  await bench.event((e) => e.type === 'progress' && e.progress.phase === 'paused');
  return event.type === 'trouble' ? event.message : '';
}

describe('a store without room', () => {
  test('the run rests, says which checkpoint it could not keep, and ends as if nothing had been', async () => {
    const whole = await unbroken();
    vi.spyOn(store.folders, 'keep').mockRejectedValueOnce(full());
    const bench = new Bench();
    expect(await rested(bench)).toMatch(
      /^The checkpoint at step 13 could not be kept: could not save: this browser has no room left.*continue\.$/,
    );
    expect(await checkpointsOf(store, 'r1')).toEqual([]);
    bench.command('continue');
    const result = await bench.ended();
    expect(result.error).toBeUndefined();
    expect(timeless(result)).toEqual(timeless(whole));
    expect(await store.runs.get('r1')).toEqual(result);
  });

  test('it tries again only when it is told to, as often as it is told', async () => {
    const keep = vi.spyOn(store.folders, 'keep').mockRejectedValueOnce(full()).mockRejectedValueOnce(full());
    const bench = new Bench();
    await rested(bench);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(keep).toHaveBeenCalledTimes(1);
    bench.events.length = 0;
    bench.command('continue');
    await bench.event((e) => e.type === 'trouble');
    bench.command('continue');
    expect((await bench.ended()).status).toBe('finished');
    expect(keep).toHaveBeenCalledTimes(2 + 2);
  });

  test('a run that is stopped while it rests ends with the reason', async () => {
    vi.spyOn(store.folders, 'keep').mockRejectedValue(full());
    const bench = new Bench();
    await rested(bench);
    bench.command('stop');
    // Stopping keeps what there is, and that too there is no room for.
    expect(await bench.ended()).toMatchObject({ status: 'failed', error: full().message });
    expect(await checkpointsOf(store, 'r1')).toEqual([]);
  });

  test('what is no fault of the store ends the run', async () => {
    vi.spyOn(store.folders, 'keep').mockRejectedValueOnce(new Error('a bug'));
    const bench = new Bench();
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    expect(await bench.ended()).toMatchObject({ status: 'failed', error: 'a bug' });
    expect(bench.of('trouble')).toEqual([]);
  });
});

describe('a damaged checkpoint', () => {
  /** A run that was stopped in its second stage, so that it has `stage-1` and `latest`. */
  async function stopped(): Promise<void> {
    const bench = new Bench();
    bench.turn = () => {
      if (bench.of('progress').some((e) => e.progress.step >= 16)) bench.command('stop');
    };
    await bench.ask({ type: 'start', runId: 'r1', config: config() });
    await bench.ended();
  }

  test('is named and set aside; the next try goes on from the one before it, to the same end', async () => {
    const whole = await unbroken();
    await stopped();
    const { at } = await checkpointsOf(store, 'r1').then((all) => ({ at: all.at(-1)!.step }));
    const why = new StoreError('corrupt', 'run/r1/latest, model.safetensors, chunk 1 of 1: it is damaged');
    vi.spyOn(store.folders, 'verify').mockRejectedValueOnce(why);
    await expect(new Bench().ask({ type: 'resume', runId: 'r1' })).rejects.toThrow(
      new RegExp(`checkpoint at step ${at} is damaged.*model.safetensors, chunk 1.*before it, at step 13`),
    );
    expect((await checkpointsOf(store, 'r1')).map((c) => c.checkpointId)).toEqual(['stage-1']);
    // It is still there to be looked at, under its name and with the reason.
    expect((await store.folders.manifest('run/r1/latest'))!.meta['damaged']).toBe(why.message);

    const bench = new Bench();
    const answer = await bench.ask({ type: 'resume', runId: 'r1' });
    expect(answer.of === 'resume' && answer.result.step).toBe(13);
    expect(timeless(await bench.ended())).toEqual(timeless(whole));
  });

  test('is not looked for any further once the run is stopped: all is as it was, for the next try too', async () => {
    const whole = await unbroken();
    await stopped();
    const [before, kept] = [await store.runs.get('r1'), await checkpointsOf(store, 'r1')];
    // At its first chunk, in the middle, and while the tensors are read after it.
    for (const last of [1, 3, 6]) {
      const bench = new Bench();
      let turns = 0;
      bench.turn = () => {
        if (++turns === last) bench.command('stop');
      };
      await expect(bench.ask({ type: 'resume', runId: 'r1' })).rejects.toThrow(
        new CalledOff('Stopped before it went on; it is as it was.'),
      );
      expect(turns).toBe(last);
      expect([await store.runs.get('r1'), await checkpointsOf(store, 'r1')]).toEqual([before, kept]);
    }
    const bench = new Bench();
    await bench.ask({ type: 'resume', runId: 'r1' });
    expect(timeless(await bench.ended())).toEqual(timeless(whole));
  });

  test('a database that cannot be read is no damage', async () => {
    await stopped();
    vi.spyOn(store.folders, 'verify').mockRejectedValueOnce(new StoreError('closed', 'reload the page'));
    await expect(new Bench().ask({ type: 'resume', runId: 'r1' })).rejects.toThrow('reload the page');
    expect((await checkpointsOf(store, 'r1')).at(-1)!.checkpointId).toBe('latest');
  });
});
