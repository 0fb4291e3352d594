import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Awake } from './awake.svelte';
import { Notices } from './notices.svelte';

let turned: () => void;
let visible: 'visible' | 'hidden';
let requested: number;
let released: number;
let refused: boolean;
let locks: { released: boolean }[];

beforeEach(() => {
  visible = 'visible';
  requested = released = 0;
  refused = false;
  locks = [];
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
        if (refused) return Promise.reject(new Error('low battery'));
        const lock = {
          released: false,
          release: () => {
            released++;
            lock.released = true;
            return Promise.resolve();
          },
        };
        locks.push(lock);
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

it('asks for one lock at a time, and lets go of one that came when the run was over', async () => {
  const { awake, run } = setUp();
  const asked = awake.keep(true);
  await Promise.all([awake.follow(), awake.follow()]);
  await asked;
  expect([requested, released]).toEqual([1, 0]);
  run.going = false;
  await awake.follow();
  run.going = true;
  const again = awake.follow();
  run.going = false;
  await awake.follow();
  await again;
  expect([requested, released]).toEqual([2, 2]);
});

it('asks again for a lock that went with the tab, and for one that was refused', async () => {
  const { awake } = setUp();
  await awake.keep(true);
  locks[0]!.released = true;
  turned();
  await new Promise((resolve) => setTimeout(resolve));
  expect(requested).toBe(2);
  locks[1]!.released = true;
  refused = true;
  await awake.follow();
  refused = false;
  await awake.follow();
  expect(requested).toBe(4);
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
