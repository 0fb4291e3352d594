/** The machine's clock is set forwards and backwards while a run goes on: nobody may measure time, or age, by it. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { checkpointsOf } from './checkpoints';
import { Bench, config, freshStore, store, timeless, unbroken, weightsOf } from './testing';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-29T12:00:00Z');
/** Seconds that no run of the tests takes, and any jump does. */
const LONG = 600;

beforeEach(async () => {
  // The clock alone: timers go on, as they do in a browser whose clock is set.
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  await freshStore();
});
afterEach(() => {
  vi.useRealTimers();
  store.close();
});

/** Sets the clock at every turn of the event loop, by days to years, there and back. */
function jumpy(bench: Bench): void {
  const jumps = [400, -400, 1, -2, 3000, -2999, -700];
  let n = 0;
  const { turn } = bench;
  bench.turn = () => {
    vi.setSystemTime(Date.now() + DAY * jumps[n++ % jumps.length]!);
    turn();
  };
}

test('a run whose clock jumps ends as any other, keeps no more checkpoints, and tells of sensible times', async () => {
  const whole = await unbroken();
  const bench = new Bench();
  jumpy(bench);
  await bench.ask({ type: 'start', runId: 'r1', config: config() });
  const result = await bench.ended();
  expect(timeless(result)).toEqual(timeless(whole));
  expect(await weightsOf('r1', 'stage-2')).toEqual(await weightsOf('whole', 'stage-2'));
  expect(bench.of('checkpoint').map((event) => event.checkpointId)).toEqual(['stage-1', 'stage-2']);
  for (const { trainSeconds, evaluationSeconds, stepSeconds } of result.timings)
    for (const seconds of [trainSeconds, evaluationSeconds, stepSeconds]) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(LONG);
    }
  for (const { progress } of bench.of('progress')) {
    expect(progress.secondsLeft ?? 0).toBeGreaterThanOrEqual(0);
    expect(progress.secondsLeft ?? 0).toBeLessThan(LONG);
    expect(progress.stepsPerSecond ?? 1).toBeGreaterThan(1 / LONG);
  }
  for (const date of [result.createdAt, result.updatedAt]) expect(Date.parse(date)).not.toBeNaN();
});

test('a run that was killed goes on from its newest checkpoint, though the clock says that it is the oldest', async () => {
  const whole = await unbroken();
  const first = new Bench();
  let rested = false;
  first.turn = () => {
    const step = first.of('progress').at(-1)?.progress.step ?? 0;
    if (rested) first.dead = step >= 19;
    else if (step >= 16) {
      // `latest` is kept ten years before `stage-1` was.
      vi.setSystemTime(NOW - 3650 * DAY);
      rested = true;
      first.command('pause');
      setTimeout(() => first.command('continue'), 20);
    }
  };
  await first.ask({ type: 'start', runId: 'r1', config: config() });
  while (!first.dead) await new Promise((resolve) => setTimeout(resolve, 5));
  const left = await checkpointsOf(store, 'r1');
  expect(left.map(({ checkpointId }) => checkpointId)).toEqual(['stage-1', 'latest']);
  const [latest, stage] = await Promise.all(
    ['latest', 'stage-1'].map((name) => store.folders.manifest(`run/r1/${name}`)),
  );
  expect(Date.parse(latest!.createdAt)).toBeLessThan(Date.parse(stage!.createdAt));

  const second = new Bench();
  jumpy(second);
  const answer = await second.ask({ type: 'resume', runId: 'r1' });
  expect(answer.of === 'resume' && answer.result.step).toBe(left.at(-1)!.step);
  expect(timeless(await second.ended())).toEqual(timeless(whole));
});
