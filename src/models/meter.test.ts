import { expect, test } from 'vitest';
import { Meter } from './meter';

test('adds up files, measures the last seconds, and tells the time left', () => {
  let now = 0;
  const meter = new Meter(1000, () => now);
  expect(meter.note({ path: 'a', loaded: 0 })).toEqual({
    path: 'a',
    loaded: 0,
    total: 1000,
    bytesPerSecond: null,
    secondsLeft: null,
  });
  now = 1000;
  expect(meter.note({ path: 'a', loaded: 100 })).toMatchObject({ bytesPerSecond: 100, secondsLeft: 9 });
  now = 2000;
  expect(meter.note({ path: 'b', loaded: 300 })).toMatchObject({
    loaded: 400,
    bytesPerSecond: 200,
    secondsLeft: 3,
  });
  // What was fast long ago says nothing of now.
  for (now = 3000; now <= 20_000; now += 1000) meter.note({ path: 'b', loaded: 300 });
  expect(meter.note({ path: 'b', loaded: 300 })).toMatchObject({ bytesPerSecond: 0, secondsLeft: null });
});

test('without a total there is a speed, and no time left', () => {
  let now = 0;
  const meter = new Meter(undefined, () => now);
  meter.note({ path: 'a', loaded: 0 });
  now = 2000;
  expect(meter.note({ path: 'a', loaded: 50 })).toEqual({
    path: 'a',
    loaded: 50,
    bytesPerSecond: 25,
    secondsLeft: null,
  });
});
