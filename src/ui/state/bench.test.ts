import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Event } from '../../worker/protocol';
import type { Services, Trainer } from '../ports';
import { fixtureConfig, fixtureRun } from '../testing/fixture';
import { Bench } from './bench.svelte';
import { Library } from './library.svelte';
import { noticeText, Notices } from './notices.svelte';

let listener: (event: Event) => void;
let refuse: string | null;
const pressed: string[] = [];

const trainer: Trainer = {
  probe: () => Promise.reject(new Error('not asked here')),
  speed: () => Promise.reject(new Error('not asked here')),
  start: (runId, config) =>
    refuse === null
      ? Promise.resolve({ ...fixtureRun({ step: 0, status: 'running' }), id: runId, config })
      : Promise.reject(new Error(refuse)),
  resume: (runId) => Promise.resolve(fixtureRun({ id: runId, step: 200, status: 'running' })),
  pause: () => pressed.push('pause'),
  continue: () => pressed.push('continue'),
  stop: () => pressed.push('stop'),
  terminate: () => pressed.push('terminate'),
  measure: () => Promise.reject(new Error('not asked here')),
  tryout: () => Promise.reject(new Error('not asked here')),
  exportCheckpoint: () => {
    throw new Error('not asked here');
  },
  exportHandoff: () => {
    throw new Error('not asked here');
  },
  onEvent: (heard) => {
    listener = heard;
    return () => undefined;
  },
};

function setUp() {
  const notices = new Notices();
  const library: Library = new Library(() => null);
  const services = { trainer: () => Promise.resolve(trainer) } as unknown as Services;
  return { bench: new Bench(services, library, notices), library, notices };
}

const progress = (runId: string, step: number): Event => ({
  type: 'progress',
  runId,
  progress: { phase: 'training', step, totalSteps: 400, stepsPerSecond: 2, secondsLeft: 5 },
});

beforeEach(() => {
  refuse = null;
  vi.useFakeTimers();
});

describe('Bench', () => {
  it('follows a run from its start to its end, and hands it to the library', async () => {
    const { bench, library, notices } = setUp();
    const runId = await bench.start(fixtureConfig());
    expect([bench.going?.id, library.run(runId)?.id]).toEqual([runId, runId]);
    listener(progress(runId, 30));
    listener({ type: 'losses', runId, from: 0, values: [3, 2] });
    expect(bench.going?.step).toBe(0);
    vi.advanceTimersByTime(200);
    expect([bench.going?.step, bench.going?.losses, bench.progress?.step]).toEqual([30, [3, 2], 30]);
    listener({ type: 'ended', runId, status: 'finished', result: { ...fixtureRun(), id: runId } });
    expect([bench.going, bench.progress, library.run(runId)?.status]).toEqual([null, null, 'finished']);
    expect(bench.find(runId)?.step).toBe(400);
    expect(notices.said).toBe('The run is finished. Reviews 92 → 41 (−51)');
    expect(notices.list).toEqual([]);
  });

  it('takes one run at a time, and says why the worker refuses one', async () => {
    const { bench } = setUp();
    refuse = 'the model is gone';
    await expect(bench.start(fixtureConfig())).rejects.toThrow('the model is gone');
    expect([bench.busy, bench.going]).toEqual([false, null]);
    refuse = null;
    await bench.start(fixtureConfig());
    await expect(bench.resume('other')).rejects.toThrow('going already');
  });

  it('shows a failure with its reason, once, and is ready for the next run', async () => {
    const { bench, notices } = setUp();
    const runId = await bench.resume('run-a');
    const result = { ...fixtureRun({ step: 210, status: 'failed' }), error: 'no memory' };
    listener({ type: 'ended', runId, status: 'failed', error: 'no memory', result });
    expect(notices.list.map(noticeText)).toEqual(['The run failed: no memory']);
    expect(bench.going).toBeNull();
    await bench.resume('run-a');
    expect(bench.going?.status).toBe('running');
  });

  it('passes the buttons on, and leaves events of other runs alone', async () => {
    const { bench } = setUp();
    const runId = await bench.start(fixtureConfig());
    bench.pause();
    bench.continue();
    bench.stop();
    await vi.advanceTimersByTimeAsync(0);
    expect(pressed).toEqual(['pause', 'continue', 'stop']);
    listener(progress('another', 99));
    vi.advanceTimersByTime(200);
    expect([bench.going?.id, bench.going?.step]).toEqual([runId, 0]);
  });

  it('says that a run has stalled, and offers to end it', async () => {
    const { bench, notices } = setUp();
    const runId = await bench.start(fixtureConfig());
    pressed.length = 0;
    listener({ type: 'stalled', runId: 'another', seconds: 95 });
    vi.advanceTimersByTime(1000);
    expect(notices.list).toEqual([]);
    listener({ type: 'stalled', runId, seconds: 95 });
    vi.advanceTimersByTime(1000);
    expect(notices.list).toMatchObject([
      { kind: 'error', text: expect.stringContaining('95 seconds') as string },
    ]);
    expect(bench.going?.status).toBe('running');
    notices.list[0]!.action!.run();
    expect(notices.list).toEqual([]);
    await vi.waitFor(() => expect(pressed).toEqual(['terminate']));
  });

  it('offers to end a stalled run for no longer than it is silent', async () => {
    const { bench, notices } = setUp();
    const runId = await bench.start(fixtureConfig());
    listener({ type: 'stalled', runId, seconds: 95 });
    vi.advanceTimersByTime(1000);
    listener(progress('another', 3));
    vi.advanceTimersByTime(1000);
    expect(notices.list).toHaveLength(1);
    listener(progress(runId, 31));
    vi.advanceTimersByTime(1000);
    expect(notices.list).toEqual([]);
    listener({ type: 'stalled', runId, seconds: 120 });
    vi.advanceTimersByTime(1000);
    expect(notices.list).toHaveLength(1);
    listener({ type: 'ended', runId, status: 'finished', result: { ...fixtureRun(), id: runId } });
    expect(notices.list).toEqual([]);
  });

  it('shows why a run rests, until it goes on', async () => {
    const { bench, notices } = setUp();
    const runId = await bench.start(fixtureConfig());
    listener({ type: 'trouble', runId, message: 'No room.' });
    expect(bench.going).toMatchObject({ status: 'paused', error: 'No room.' });
    expect(notices.list).toMatchObject([{ kind: 'error', text: '', why: ['No room.'] }]);
    listener(progress(runId, 31));
    vi.advanceTimersByTime(1000);
    expect(bench.going?.status).toBe('running');
    expect(bench.going).not.toHaveProperty('error');
  });
});
