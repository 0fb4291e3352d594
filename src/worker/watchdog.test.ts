import { expect, test } from 'vitest';
import { Watchdog } from './watchdog';

/** A clock that is moved by hand, and looks every 5 seconds as it goes. */
function clocked(patience?: number) {
  let time = 0;
  let look: (() => void) | null = null;
  const stalls: number[] = [];
  const dog = new Watchdog((seconds) => stalls.push(seconds), {
    now: () => time,
    every: (_seconds, call) => {
      look = call;
      return () => (look = null);
    },
    ...(patience === undefined ? {} : { patience }),
  });
  return {
    dog,
    stalls,
    pass: (seconds: number): void => {
      for (let n = 0; n < seconds; n += 5) {
        time += 5;
        look?.();
      }
    },
    /** The machine slept: time went on, and nothing looked. */
    sleep: (seconds: number) => (time += seconds),
  };
}

test('a silence that lasts is told once, and again after the trainer has spoken', () => {
  const { dog, stalls, pass } = clocked();
  dog.watch();
  pass(85);
  expect(stalls).toEqual([]);
  pass(300);
  expect(stalls).toEqual([95]);
  dog.watch();
  pass(100);
  expect(stalls).toHaveLength(2);
});

test('who speaks is left alone, however slow: the longest silence that ended well is the measure', () => {
  const { dog, stalls, pass } = clocked();
  dog.watch();
  for (let n = 0; n < 5; n += 1) {
    pass(60);
    dog.heard();
  }
  pass(590);
  expect(stalls).toEqual([]);
  pass(20);
  expect(stalls).toEqual([605]);
});

test('nothing is expected of a run that is paused or over', () => {
  const { dog, stalls, pass } = clocked();
  pass(500);
  dog.watch();
  pass(50);
  dog.rest();
  pass(500);
  dog.watch();
  pass(85);
  dog.rest();
  pass(500);
  expect(stalls).toEqual([]);
});

test('the sleep of a laptop is no stall when the trainer speaks after it', () => {
  const { dog, stalls, pass, sleep } = clocked();
  dog.watch();
  sleep(3600);
  pass(5);
  dog.heard();
  pass(85);
  expect(stalls).toEqual([]);
});
