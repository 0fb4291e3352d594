import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Awake } from './awake.svelte';
import { Notices } from './notices.svelte';

let turned: () => void;
let visible: 'visible' | 'hidden';
let requested: number;
let released: number;

beforeEach(() => {
  visible = 'visible';
  requested = released = 0;
  vi.stubGlobal('document', {
    addEventListener: (_: string, listener: () => void) => (turned = listener),
    get visibilityState() {
      return visible;
    },
  });
  vi.stubGlobal('navigator', {
    wakeLock: {
      request: () => {
        requested++;
        const lock = {
          released: false,
          release: () => {
            released++;
            lock.released = true;
            return Promise.resolve();
          },
        };
        return Promise.resolve(lock);
      },
    },
  });
});
afterEach(() => vi.unstubAllGlobals());

function setUp() {
  const run = { going: true, speed: 40 as number | null };
  const notices = new Notices();
  const awake = new Awake(
    () => run.going,
    () => run.speed,
    notices,
  );
  return { awake, run, notices };
}

it('keeps the screen on while a run goes on, when asked to, and not longer', async () => {
  const { awake, run } = setUp();
  await awake.follow();
  expect(requested).toBe(0);
  await awake.keep(true);
  await awake.follow();
  expect([requested, released]).toEqual([1, 0]);
  run.going = false;
  await awake.follow();
  expect(released).toBe(1);
  run.going = true;
  await awake.follow();
  await awake.keep(false);
  expect([requested, released]).toEqual([2, 2]);
});

it('says when the browser slowed the run in the background, and only then', () => {
  const { run, notices } = setUp();
  const away = (speed: number) => {
    run.speed = 40;
    visible = 'hidden';
    turned();
    run.speed = speed;
    visible = 'visible';
    turned();
  };
  away(35);
  expect(notices.list).toEqual([]);
  away(4);
  expect(notices.list[0]!.text).toContain('4.0 steps a second in place of 40.0');
});
