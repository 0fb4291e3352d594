import { expect, test } from 'vitest';
import { missing, type Offered } from './missing';

const all: Offered = {
  secure: false,
  webgpu: true,
  isolated: true,
  serviceWorker: true,
  locks: true,
  subtle: true,
  persist: true,
  clipboard: true,
};

test('what is missing is told with what follows, and only on an insecure page', () => {
  expect(missing(all)).toEqual([]);
  const some = missing({ ...all, webgpu: false, locks: false });
  expect(some.map(({ what }) => what)).toEqual(['WebGPU', 'Locks between tabs']);
  expect(some[0]!.instead).toContain('WASM');
  const none = Object.fromEntries(Object.keys(all).map((key) => [key, false])) as unknown as Offered;
  expect(missing(none)).toHaveLength(7);
  expect(missing({ ...none, secure: true })).toEqual([]);
});
