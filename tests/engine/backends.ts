/** One suite for every device: the tests of the engine run on each backend that this browser is given. */
import { beforeAll, describe, expect } from 'vitest';
import { openDevice } from '../../src/engine/device';

export type BackendName = 'webgpu' | 'wasm';

/** Chromium runs both backends; Firefox its WebGPU, which is another implementation (vitest.config.ts). */
export const backends = (import.meta.env['LETHE_BACKENDS'] as string).split(',') as BackendName[];

/**
 * `describe` once for each backend, with that backend's device open. A device that cannot be had fails the
 * suite; nothing is skipped.
 * @param name what is tested; the backend's name is added to it
 */
export function describeBackends(name: string, body: (backend: BackendName) => void): void {
  describe.each(backends)(`${name} on %s`, (backend) => {
    beforeAll(async () => {
      const device = await openDevice(backend);
      expect(device.backend).toBe(backend);
    });
    body(backend);
  });
}
