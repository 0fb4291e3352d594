import { expect, test } from 'vitest';
import { downloadWords } from './downloadWords';

test('says what came, how fast, and how long it will take', () => {
  const progress = { path: 'model.safetensors', loaded: 120e6, total: 308e6 };
  expect(downloadWords({ ...progress, bytesPerSecond: 8.1e6, secondsLeft: 23 })).toBe(
    'model.safetensors: 120 MB of 308 MB, 8.1 MB/s, about 30 s left',
  );
  expect(downloadWords({ path: '', loaded: 12, bytesPerSecond: null, secondsLeft: null })).toBe('12 B');
});
